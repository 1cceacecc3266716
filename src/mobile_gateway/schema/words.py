"""The closed sets of the domain as GraphQL enums. The Python enums themselves are used in annotations."""

from __future__ import annotations

import strawberry

from mobile_gateway.models.schools import RegionLevel
from mobile_gateway.rules import words
from mobile_gateway.rules.enrolment import NextStep
from mobile_gateway.rules.refusal import RefusalCode

_DESCRIPTIONS = {
    words.Identity: "What an account acts as now.",
    words.ClientKind: "Which client a person uses; bound into the token at sign-in.",
    words.Tab: "The tab of the resource home.",
    words.StaffRole: "A role granted beside the identity, always with a scope.",
    RegionLevel: "A province has cities, a city has counties, a county owns schools.",
    words.SchoolStage: "学制: the stage of a school.",
    words.RecordState: "Verification state of a teaching record.",
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
    words.Platform: "The system a device runs.",
    words.CertificateState: "Life of one version of a certificate.",
}

for _kind, _description in _DESCRIPTIONS.items():
    strawberry.enum(_kind, description=_description)

strawberry.enum(
    NextStep,
    description="What the topic page offers this viewer now; the server decides, clients hold no rules.",
)
strawberry.enum(
    RefusalCode, name="UserErrorCode", description="Why the product says no. Codes are only added to."
)
