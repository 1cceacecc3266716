"""The closed sets of the domain as GraphQL enums. The Python enums themselves are used in annotations."""

import strawberry

from mobile_gateway.rules import banners, campaigns, segments, staff_words, topics, words
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.enrolment import NextStep
from mobile_gateway.rules.refusal import RefusalCode

_DESCRIPTIONS = {
    words.Identity: "What an account acts as now.",
    words.Loss: "What a student loses by becoming a teacher.",
    words.ClientKind: "Which client a person uses; bound into the token at sign-in.",
    words.Gender: "As the identity document has it.",
    words.ProfileField: "A part of a person's profile, as locks and enrolment speak of it.",
    DocumentType: (
        "What a person identifies with: MAINLAND_ID 居民身份证, RESIDENCE_PERMIT 港澳台居民居住证, HK_MACAO_PERMIT"
        " 港澳居民来往内地通行证, TAIWAN_PERMIT 台湾居民来往大陆通行证, PASSPORT 护照."
    ),
    words.Tab: "The tab of the resource home.",
    words.StaffRole: "A role granted beside the identity, always with a scope.",
    words.RegionLevel: "A province has cities, a city has counties, a county owns schools.",
    words.SchoolStage: "学制: the stage of a school.",
    words.TeachingStage: "学段: what a teacher teaches; nothing is decided by it.",
    words.RecordState: "Verification state of a teaching record.",
    staff_words.VerificationOutcome: "What an administrator decides about a PENDING teaching record.",
    staff_words.ExportLayout: (
        "What a row of an export is about: TEACHERS, a teacher at a school; SCHOOLS, the sums of a school;"
        " CREDITS, recognised credits and certificates by school, with a row for each whole county."
    ),
    staff_words.AuditAct: "What the audit log tells: acts of staff, and views of full personal data.",
    words.ResourceKind: "What a listing of a course's outline leads to.",
    topics.TopicState: "Whether people see a topic: a DRAFT is seen by the platform's administrators alone.",
    banners.Audience: "To whom a banner shows: what the reader acts as, or ANONYMOUS.",
    banners.BannerState: "Where a banner stands in time; one that was withdrawn is PAST.",
    words.ResourceState: "How far a person is with a resource; never backwards, except by an audited void.",
    words.Standing: "Recognised below or at required: the app shows red (UNMET) or blue (MET).",
    words.Segment: "The learning entrance chosen on the public platform's page.",
    words.PlaybackMode: "Whether a playback session plays from the network or from a download.",
    words.BeatAnswer: (
        "What became of one beat: ACCEPTED is durable; DEFERRED exceeds the budget and may be sent again later"
        " under a new sequence number; CONFLICT is another payload under a used number; NOT_COUNTED is of a"
        " session that earns nothing."
    ),
    words.NotificationKind: "What an inbox row tells.",
    words.MessageClass: "SERVICE goes before MARKETING and has no quiet hours.",
    words.Platform: "The system a device runs.",
    words.PushProviderName: "Who carries pushes to a device: FCM, or HUAWEI where Google's services are not.",
    words.CampaignState: "Life of a campaign: SENT and CANCELLED end it.",
    campaigns.CampaignStep: "What happens to a campaign: BEGIN and FINISH by a worker.",
    words.DeliveryState: "Where the delivery of a notification to one device stands.",
    words.CertificateState: "Life of one version of a certificate.",
    words.VoidReason: "Why a version of a certificate is void: REISSUED is superseded by the next one.",
    words.CheckOutcome: "What the public check says of a number: UPDATING is valid too, until the next version.",
    words.TicketState: "Life of a rebind ticket: DONE, REJECTED and CANCELLED close it.",
    staff_words.TicketQueue: "Which rebind tickets a support agent looks at: the FREE ones, or MINE.",
    staff_words.UploadPurpose: "What a file is uploaded for.",
}

strawberry.enum(
    segments.TopicProgress,
    name="CampaignTopicProgress",
    description="How far a person is in a topic: COURSE_MISSING is enrolled with a course below its cap;"
    " CERTIFICATE_UNCLAIMED is complete without a certificate.",
)

for _kind, _description in _DESCRIPTIONS.items():
    strawberry.enum(_kind, description=_description)

strawberry.enum(
    NextStep,
    description="What the topic page offers this viewer now; the server decides, clients hold no rules.",
)
strawberry.enum(
    RefusalCode, name="UserErrorCode", description="Why the product says no. Codes are only added to."
)
