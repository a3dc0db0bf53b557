package cc.chitty

import cc.chitty.ffi.CancelToken
import cc.chitty.ffi.ForeignException
import java.io.File
import java.nio.CharBuffer
import java.nio.file.Path
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

/** The same client, with its store in a file. The folder exists already. */
fun ClientConfig.storedIn(file: Path): ClientConfig = copy(storePath = file.toString())

/** The same client, with its store in a file. The folder exists already. */
fun ClientConfig.storedIn(file: File): ClientConfig = copy(storePath = file.path)

/** The same wallet, in a file. The folder exists already. */
fun WalletConfig.storedIn(file: Path): WalletConfig = copy(storePath = file.toString())

/** The same wallet, in a file. The folder exists already. */
fun WalletConfig.storedIn(file: File): WalletConfig = copy(storePath = file.path)
