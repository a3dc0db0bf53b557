package cc.chitty

import cc.chitty.ffi.CancelToken
import cc.chitty.ffi.ForeignException
import java.nio.CharBuffer
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration

// What every call across the border does: checks texts, waits with a token, keeps exceptions apart.

/** Also an `Error` ends the call, as a number: no text and no trace crosses. */
internal class Sender(private val inner: HttpTransport) : HttpTransport {
    override suspend fun send(request: HttpRequest): HttpResponse = try {
        inner.send(request)
    } catch (failed: ForeignException) {
        throw failed
    } catch (_: Throwable) {
        throw ForeignException.Failed(Code.FOREIGN_FAILED.toUShort(), Stage.MAYBE_SENT)
    }
}

/** Refuses what is not Unicode. The generated code would do so too, but lose a handle over it. */
internal fun String.checked(): String = also { Charsets.UTF_8.newEncoder().encode(CharBuffer.wrap(it)) }

internal fun IdRequest.checked(): IdRequest =
    also { listOfNotNull(namespace, entityType, metadataJson, parent, profile).forEach(String::checked) }

internal fun Duration.ms(): ULong = inWholeMilliseconds.coerceAtLeast(0).toULong()

/** Waits with a token of its own. A cancelled coroutine stops the waiting and nothing else. */
internal suspend inline fun <T> wait(call: (CancelToken) -> T): T = CancelToken().use { token ->
    try {
        typed { call(token) }
    } catch (cancelled: CancellationException) {
        token.cancel()
        throw cancelled
    }
}
