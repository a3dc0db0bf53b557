package cc.chitty

import java.nio.charset.CharacterCodingException
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** Why a call failed. The text is for people; programs look at the class or at [code]. */
sealed class ChittyException(
    /** What the caller should do. */
    val kind: ErrorKind,
    /** What happened, as in [Code]: the same in every language. */
    val code: Int,
    /** How far the request got. */
    val stage: Stage,
    /** When to come back, if a service or policy said so. */
    val retryAfter: Duration?,
    /** The code that the service itself gave, when it gave one. */
    val serviceCode: Int?,
    reason: String,
) : Exception(reason) {
    /** The code as text, such as `CHT-1306`. */
    val codeText: String get() = "CHT-$code"

    private constructor(it: Failure) : this(
        it.kind, it.code.toInt(), it.stage, it.retryAfterMs?.toLong()?.milliseconds,
        it.serviceCode?.toInt(), it.reason,
    )

    /** Repeat the same call with the same handle; it cannot issue twice. */
    class Retry internal constructor(it: Failure) : ChittyException(it)

    /** Wait: a service or a resource is not available. */
    class Unavailable internal constructor(it: Failure) : ChittyException(it)

    /** Get other credentials or rights. */
    class Unauthorized internal constructor(it: Failure) : ChittyException(it)

    /** Change the call. */
    class InvalidInput internal constructor(it: Failure) : ChittyException(it)

    /** Stop: the answer must not be trusted, or the request is refused for good. */
    class Rejected internal constructor(it: Failure) : ChittyException(it)

    /** Two things contradict each other; decide which is meant. */
    class Conflict internal constructor(it: Failure) : ChittyException(it)

    /** Stored data is damaged; restore it. */
    class Corrupt internal constructor(it: Failure) : ChittyException(it)

    /** A defect of the SDK. */
    class Internal internal constructor(it: Failure) : ChittyException(it)

    internal companion object {
        fun of(it: Failure): ChittyException = when (it.kind) {
            ErrorKind.RETRY -> Retry(it)
            ErrorKind.UNAVAILABLE -> Unavailable(it)
            ErrorKind.UNAUTHORIZED -> Unauthorized(it)
            ErrorKind.INVALID_INPUT -> InvalidInput(it)
            ErrorKind.REJECTED -> Rejected(it)
            ErrorKind.CONFLICT -> Conflict(it)
            ErrorKind.CORRUPT -> Corrupt(it)
            ErrorKind.INTERNAL -> Internal(it)
        }

        fun made(code: Int, kind: ErrorKind, reason: String): ChittyException =
            of(Failure(kind, code.toUShort(), "CHT-$code", Stage.NOT_SENT, null, "CHT-$code: $reason", null))
    }
}

internal typealias Failure = cc.chitty.ffi.ChittyException.Failed

/** Turns what the library throws into [ChittyException]. */
internal inline fun <T> typed(call: () -> T): T = try {
    call()
} catch (cancelled: CancellationException) {
    throw cancelled
} catch (failed: Failure) {
    throw ChittyException.of(failed)
} catch (_: cc.chitty.ffi.InternalException) {
    // A panic: its text is not for callers.
    throw ChittyException.made(Code.INTERNAL, ErrorKind.INTERNAL, "a defect of the SDK; report it")
} catch (_: CharacterCodingException) {
    throw ChittyException.made(Code.ARGUMENT_INVALID, ErrorKind.INVALID_INPUT, "a text is not Unicode")
} catch (_: IllegalStateException) {
    // The object was freed by `close`.
    throw ChittyException.made(Code.CLOSED, ErrorKind.INVALID_INPUT, "it is closed; open a new one")
}
