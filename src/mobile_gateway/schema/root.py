"""The schema: every subject's Query and Mutation in one, and its printed form."""

from typing import Annotated

import strawberry
from strawberry.printer import print_schema

from mobile_gateway.schema import words
from mobile_gateway.schema.answers import config
from mobile_gateway.schema.audit import AuditQuery, audit_entry_of
from mobile_gateway.schema.banner_acts import BannerMutation
from mobile_gateway.schema.banner_desk import BannerDeskQuery, managed_banner
from mobile_gateway.schema.campaign_acts import CampaignMutation
from mobile_gateway.schema.campaign_previews import CampaignPreviewQuery
from mobile_gateway.schema.campaign_steps import CampaignStepMutation
from mobile_gateway.schema.campaigns import CampaignQuery, campaign
from mobile_gateway.schema.certificate_check import CertificateQuery
from mobile_gateway.schema.certificates import certificate_of
from mobile_gateway.schema.claiming import ClaimingMutation
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.course import CourseQuery, course_of
from mobile_gateway.schema.deciding import VerificationMutation
from mobile_gateway.schema.devices import DeviceMutation, device_of
from mobile_gateway.schema.exporting import ExportingMutation
from mobile_gateway.schema.help import HelpQuery, help_article_of
from mobile_gateway.schema.identity import IdentityMutation
from mobile_gateway.schema.identity_switch import IdentitySwitchMutation
from mobile_gateway.schema.inbox import InboxMutation, inbox_item_of
from mobile_gateway.schema.nodes import Node, parse_global_id
from mobile_gateway.schema.outline_acts import OutlineMutation
from mobile_gateway.schema.phone_binding import PhoneBindingMutation
from mobile_gateway.schema.phone_change import PhoneChangeMutation
from mobile_gateway.schema.preferences import PreferenceMutation
from mobile_gateway.schema.profile import ViewerQuery, teaching_record_of, viewer_of
from mobile_gateway.schema.profile_editing import ProfileMutation
from mobile_gateway.schema.reading import ReadingMutation
from mobile_gateway.schema.rebind_acts import RebindDeskMutation
from mobile_gateway.schema.rebind_desk import RebindDeskQuery, ticket_of
from mobile_gateway.schema.rebinding import RebindMutation
from mobile_gateway.schema.registering import RegisteringMutation
from mobile_gateway.schema.resource_acts import ResourceMutation
from mobile_gateway.schema.resource_desk import ResourceDeskQuery, managed_resource
from mobile_gateway.schema.resource_home import ResourceHomeQuery
from mobile_gateway.schema.resources import resource
from mobile_gateway.schema.roster import RosterQuery
from mobile_gateway.schema.school_changes import SchoolMutation
from mobile_gateway.schema.schools import SchoolQuery, region_of, school_of
from mobile_gateway.schema.second_sign_in import SecondSignInMutation
from mobile_gateway.schema.staff import viewer_grants
from mobile_gateway.schema.subscriptions import Subscription
from mobile_gateway.schema.support import SupportQuery
from mobile_gateway.schema.teaching import TeachingMutation
from mobile_gateway.schema.topic import TopicMutation, TopicQuery, topic_of
from mobile_gateway.schema.topic_acts import TopicDeskMutation
from mobile_gateway.schema.topic_desk import TopicDeskQuery, managed_topic
from mobile_gateway.schema.uploading import UploadMutation
from mobile_gateway.schema.verification import VerificationQuery, school_teacher_of
from mobile_gateway.schema.watching import WatchingMutation
from mobile_gateway.schema.workbench import WorkbenchQuery

__all__ = ["build", "printed", "words"]


async def _public(info: Info, kind: str, number: int) -> Node | None:  # noqa: PLR0911 - one return for each kind
    """What anybody may fetch."""
    context = info.context
    match kind:
        case "Topic":
            return topic_of(context, number)
        case "Course":
            return await course_of(info, number)
        case "Resource":
            found = context.catalogue.resources.get(number)
            return resource(found, context.locale) if found else None
        case "School":
            return await school_of(context, number)
        case "Region":
            return await region_of(context, number)
        case "HelpArticle":
            return help_article_of(number, context.locale)
        case _:
            return None


async def _of_viewer(  # noqa: PLR0911 - one return for each kind
    info: Info, person_id: int, kind: str, number: int
) -> Node | None:
    """What is the viewer's own, or in the scope of a staff role."""
    context = info.context
    match kind:
        case "Person":
            return await viewer_of(info) if person_id == number else None
        case "InboxItem":
            return await inbox_item_of(context, number)
        case "Device":
            return await device_of(context, number)
        case "TeachingRecord":
            return await teaching_record_of(context, number) or await school_teacher_of(context, number)
        case "RebindTicket":
            return await ticket_of(context, number)
        case "Certificate":
            return await certificate_of(context, number)
        case "AuditEntry":
            return await audit_entry_of(context, number)
        case "Topic" | "Resource" | "Banner" | "Campaign":
            return await _of_administrator(context, kind, number)
        case _:
            return None


async def _of_administrator(context: Context, kind: str, number: int) -> Node | None:
    """Campaigns, and what of the catalogue is not published, or no longer."""
    if not (await viewer_grants(context)).is_platform:
        return None
    match kind:
        case "Topic":
            return await managed_topic(context, number)
        case "Resource":
            return await managed_resource(context, number)
        case "Campaign":
            return await campaign(context, number)
        case _:
            return await managed_banner(context, number)


async def _node(info: Info, text: str) -> Node | None:
    kind, number = parse_global_id(text) or ("", 0)
    found = await _public(info, kind, number)
    viewer = info.context.viewer
    if found is not None or viewer is None:
        return found
    return await _of_viewer(info, viewer.person_id, kind, number)


@strawberry.type(description="Where the app starts reading.")
class Query(
    ResourceHomeQuery,
    TopicQuery,
    CourseQuery,
    WorkbenchQuery,
    ViewerQuery,
    VerificationQuery,
    RosterQuery,
    AuditQuery,
    RebindDeskQuery,
    TopicDeskQuery,
    ResourceDeskQuery,
    BannerDeskQuery,
    HelpQuery,
    SupportQuery,
    SchoolQuery,
    CertificateQuery,
    CampaignQuery,
    CampaignPreviewQuery,
):
    """The roots of the app's pages."""

    @strawberry.field(description="An object by its global id; somebody else's is the same as absent.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> Node | None:
        """Refetch within the viewer's rights."""
        return await _node(info, id)


@strawberry.type(description="One mutation for each act of a person.")
class Mutation(
    IdentityMutation,
    RegisteringMutation,
    PhoneBindingMutation,
    SecondSignInMutation,
    IdentitySwitchMutation,
    TopicMutation,
    ClaimingMutation,
    WatchingMutation,
    ReadingMutation,
    InboxMutation,
    DeviceMutation,
    PreferenceMutation,
    ProfileMutation,
    TeachingMutation,
    VerificationMutation,
    ExportingMutation,
    PhoneChangeMutation,
    UploadMutation,
    RebindMutation,
    RebindDeskMutation,
    SchoolMutation,
    TopicDeskMutation,
    OutlineMutation,
    ResourceMutation,
    BannerMutation,
    CampaignMutation,
    CampaignStepMutation,
):
    """What people do."""


def build(*, suggestions: bool = False) -> strawberry.Schema:
    """The schema; `suggestions` only where development is."""
    return strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, config=config(suggestions=suggestions)
    )


def printed() -> str:
    """The SDL as it is committed in `schema.graphql`."""
    return print_schema(build()) + "\n"
