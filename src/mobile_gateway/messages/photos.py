"""What is said about the photo of a rebind ticket and what follows it, in zh-CN and en (manual, question 3)."""

from __future__ import annotations

from mobile_gateway.rules.uploads import Unfit

_UNFIT: dict[Unfit, tuple[str, str]] = {
    Unfit.EMPTY: ("文件是空的。", "the file is empty."),
    Unfit.TOO_LARGE: ("文件超过 5 MB。", "the file is larger than 5 MB."),
    Unfit.NO_PHOTO: ("文件内容不是 JPEG、PNG 或 WebP 照片。", "its content is no JPEG, PNG or WebP."),
    Unfit.TOO_MANY_PIXELS: (
        "照片像素过大（JPEG 最多 5,000 万像素，PNG、WebP 最多 1,600 万像素）。",
        "it has too many pixels: 50 million for a JPEG, 16 million for a PNG or WebP.",
    ),
    Unfit.BROKEN: ("照片已损坏或不完整。", "it is damaged or incomplete."),
}


def unfit(why: Unfit, locale: str) -> str:
    """Why a file is not taken, in one clause."""
    return _UNFIT[why][locale.startswith("en")]


def before_uploading(locale: str) -> str:
    """How to take the photo, and the watermark that the manual advises."""
    if locale.startswith("en"):
        return (
            "Send a recent photo of yourself holding your identity document. You may watermark it"
            " “仅限于中小学智慧教育平台账号换绑使用” (only for moving an account of this platform to another phone)."
        )
    return "请上传手持身份证近照。可以在照片上加水印，标注“仅限于中小学智慧教育平台账号换绑使用”。"


def after_submitting(locale: str) -> str:
    """What the sender of a ticket waits for, and what must be kept."""
    if locale.startswith("en"):
        return (
            "Keep the number and the secret: they are shown only now. Support will call the new phone from"
            " 4001910910; please answer."
        )
    return "请保存申请编号和查询密钥，密钥仅显示这一次。请注意接听客服电话（4001910910）完成后续换绑工作。"
