"""Registering by phone, and a student's registering and signing in by school, student number and password."""

from typing import Annotated

import strawberry

from mobile_gateway.actions import registering, student_logins
from mobile_gateway.actions.sessions import SignedIn
from mobile_gateway.actions.student_logins import Credentials
from mobile_gateway.rules import passwords, student_numbers
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, CodePurpose, Identity
from mobile_gateway.schema.answers import MaskedPhone, UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.identity import SignInSession, session_of
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.schema.proofs import REFUSED, CodeSent, code_of, phone_of, send_code


@strawberry.input(description="Whom to send a code for registering.")
class RegistrationCodeRequestInput:
    """Input of `registrationCodeRequest`."""

    phone: MaskedPhone = strawberry.field(description="A mainland mobile number, in full.")


@strawberry.type(description="What came of asking for a code; the same for numbers with and without account.")
class RegistrationCodeRequestPayload(CodeSent):
    """Payload of `registrationCodeRequest`."""


@strawberry.input(description="A phone, the code sent to it, and who its holder is.")
class RegisterInput:
    """Input of `register`."""

    phone: MaskedPhone = strawberry.field(description="The number that the code was sent to, in full.")
    code: str = strawberry.field(description="The six digits of the newest text message.")
    identity: Identity = strawberry.field(description="What the account will act as.")
    client_kind: ClientKind = strawberry.field(description="The client; bound to the sign-in from here on.")


@strawberry.type(description="What came of registering.")
class RegisterPayload:
    """Payload of `register`."""

    session: SignInSession | None = strawberry.field(
        default=None, description="The new account's sign-in; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.input(description="A new student, who needs no phone.")
class StudentRegisterInput:
    """Input of `studentRegister`."""

    school_id: strawberry.ID = strawberry.field(description="Global id of the school.")
    student_number: str = strawberry.field(
        description="4 to 32 letters and digits; one account a school and number."
    )
    password: str = strawberry.field(
        description="10 to 128 characters, not common, and not holding the number."
    )
    client_kind: ClientKind = strawberry.field(description="The client; bound to the sign-in from here on.")


@strawberry.type(description="What came of registering as a student.")
class StudentRegisterPayload:
    """Payload of `studentRegister`."""

    session: SignInSession | None = strawberry.field(
        default=None, description="The new account's sign-in; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


@strawberry.input(description="A student's school, number and password.")
class StudentSignInInput:
    """Input of `studentSignIn`."""

    school_id: strawberry.ID = strawberry.field(
        description="Global id of the school; one that was merged and its successor both lead to the account."
    )
    student_number: str = strawberry.field(description="The student number.")
    password: str = strawberry.field(description="The password.")
    client_kind: ClientKind = strawberry.field(description="The client; bound to the sign-in from here on.")


@strawberry.type(description="What came of a student's signing in.")
class StudentSignInPayload:
    """Payload of `studentSignIn`."""

    session: SignInSession | None = strawberry.field(
        default=None, description="The new sign-in; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSED)


async def _register(context: Context, given: RegisterInput) -> SignedIn | Refusal:
    phone, code = phone_of(given.phone), code_of(given.code)
    if isinstance(phone, Refusal):
        return phone
    if isinstance(code, Refusal):
        return code
    return await registering.register(
        context.database,
        context.keyring,
        phone=phone,
        code=code,
        identity=given.identity,
        client_kind=given.client_kind,
        locale=context.locale,
        now=context.real_now,
    )


async def _register_student(context: Context, given: StudentRegisterInput) -> SignedIn | Refusal:
    number = student_numbers.parse(given.student_number)
    if isinstance(number, Refusal):
        return number
    password = passwords.choose(given.password, number)
    if isinstance(password, Refusal):
        return password
    return await student_logins.register(
        context.database,
        context.keyring,
        given=Credentials(number_of(given.school_id, "School") or 0, number, password),
        client_kind=given.client_kind,
        network=context.network,
        locale=context.locale,
        now=context.real_now,
    )


async def _sign_in_student(context: Context, given: StudentSignInInput) -> SignedIn | Refusal:
    number, password = student_numbers.parse(given.student_number), passwords.typed(given.password)
    if isinstance(number, Refusal):
        return number
    if password is None:  # nobody's password, so nothing is compared
        return Refusal(RefusalCode.SIGN_IN_WRONG)
    return await student_logins.sign_in(
        context.database,
        context.keyring,
        given=Credentials(number_of(given.school_id, "School") or 0, number, password),
        client_kind=given.client_kind,
        network=context.network,
        now=context.real_now,
    )


@strawberry.type
class RegisteringMutation:
    """The acts of registering, and of a student's signing in."""

    @strawberry.mutation(
        description="Send a code for registering to a phone. Answers alike whoever owns the number."
    )
    async def registration_code_request(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            RegistrationCodeRequestInput, strawberry.argument(description="Whom to send a code.")
        ],
    ) -> RegistrationCodeRequestPayload | None:
        """The text is in the outbox when this answers."""
        phone = phone_of(input.phone)
        if isinstance(phone, Refusal):
            return RegistrationCodeRequestPayload(user_errors=user_errors(phone, info.context.locale))
        return await send_code(info.context, phone, CodePurpose.REGISTER, RegistrationCodeRequestPayload)

    @strawberry.mutation(description="Make an account of a phone, proven by its code, and sign it in.")
    async def register(
        self,
        info: Info,
        input: Annotated[RegisterInput, strawberry.argument(description="Phone, code and identity.")],  # noqa: A002 - GraphQL's own word
    ) -> RegisterPayload | None:
        """注册: whether the number has an account already is told to who proved it."""
        session, refused = session_of(await _register(info.context, input))
        return RegisterPayload(session=session, user_errors=user_errors(refused, info.context.locale))

    @strawberry.mutation(
        description="Make a student's account of a school, a student number and a password; it needs no phone."
    )
    async def student_register(
        self,
        info: Info,
        input: Annotated[StudentRegisterInput, strawberry.argument(description="The student.")],  # noqa: A002 - GraphQL's own word
    ) -> StudentRegisterPayload | None:
        """学生注册, limited a network."""
        session, refused = session_of(await _register_student(info.context, input))
        return StudentRegisterPayload(session=session, user_errors=user_errors(refused, info.context.locale))

    @strawberry.mutation(
        description="Sign a student in by school, student number and password. Five tries in 15 minutes."
    )
    async def student_sign_in(
        self,
        info: Info,
        input: Annotated[StudentSignInInput, strawberry.argument(description="School, number, password.")],  # noqa: A002 - GraphQL's own word
    ) -> StudentSignInPayload | None:
        """学生登录: refused alike whether the account or the password is wrong."""
        session, refused = session_of(await _sign_in_student(info.context, input))
        return StudentSignInPayload(session=session, user_errors=user_errors(refused, info.context.locale))
