"""Words of certificates: what a document is called on them, and what the check page says."""

from __future__ import annotations

from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.words import CheckOutcome, VoidReason

_LABELS = {
    DocumentType.MAINLAND_ID: "居民身份证",
    DocumentType.RESIDENCE_PERMIT: "港澳台居民居住证",
    DocumentType.HK_MACAO_PERMIT: "港澳居民来往内地通行证",
    DocumentType.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    DocumentType.PASSPORT: "护照",
}

_OUTCOMES = {
    CheckOutcome.VALID: (
        "证书有效",
        "This certificate is valid.",
        "该证书由平台颁发，信息与以下内容一致。",
        "It was issued by the platform and says what is shown below.",
    ),
    CheckOutcome.UPDATING: (
        "证书有效，信息更新中",
        "This certificate is valid; its information is being updated.",
        "持证人的信息正在更新，更新完成后将颁发新证书，本证书随即作废。",
        "Once the update is done a new certificate is issued, and this one becomes void.",
    ),
    CheckOutcome.VOID: (
        "证书已作废",
        "This certificate is void.",
        "请向持证人索取最新的证书，并查验新的证书编号。",
        "Ask its holder for the newest certificate, and check the number on that one.",
    ),
    CheckOutcome.UNKNOWN: (
        "未查询到该证书",
        "No certificate has this number.",
        "请核对证书编号：共 16 位，由数字和字母组成，不含字母 I、L、O、U。",
        "Check the number: 16 digits and letters, never I, L, O or U.",
    ),
}

_REASONS = {
    VoidReason.REISSUED: ("信息已更新，已颁发新证书", "The information was updated, and a new one issued."),
    VoidReason.WATCH_VOIDED: (
        "部分学习记录被认定无效",
        "Some of the learning behind it was found not to count.",
    ),
    VoidReason.FRAUD: ("经核查作废", "It was revoked after an inquiry."),
}


def document_label(kind: DocumentType) -> str:
    """What a document is called on a certificate, which is in Chinese."""
    return _LABELS[kind]


def outcome(found: CheckOutcome, locale: str) -> tuple[str, str]:
    """What a check says, and what to do or know."""
    zh, en, more_zh, more_en = _OUTCOMES[found]
    return (en, more_en) if locale.startswith("en") else (zh, more_zh)


def void_reason(reason: VoidReason, locale: str) -> str:
    """Why a version is void, to its holder."""
    zh, en = _REASONS[reason]
    return en if locale.startswith("en") else zh
