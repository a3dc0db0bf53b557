package cc.chitty

import cc.chitty.ffi.Event
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext
import kotlin.time.Duration
import kotlin.time.Duration.Companion.hours

/**
 * Requests ids and keeps its promises about them.
 *
 * Cancelling a coroutine stops its waiting; what it asked for goes on to a safe end and is found again
 * under the same handle. After [close] every call fails with [Code.CLOSED].
 */
class Client private constructor(private val inner: cc.chitty.ffi.Client) : AutoCloseable {
    /**
     * Requests an id. An outage of main yields a temporary id, which is replaced later; when no service
     * can answer there is no id.
     */
    suspend fun requestId(request: IdRequest): Issued = wait { inner.requestId(request.checked(), it) }

    /** Asks main whether an id is real and current. */
    suspend fun verify(id: String, deadline: Duration? = null): Verification =
        wait { inner.verify(id.checked(), deadline?.ms(), it) }

    /**
     * Checks that [receipt] proves [id], offline unless the fetched key set is too old or lacks the key.
     * Out of main's reach one that is too old gives an indeterminate verdict.
     */
    suspend fun verifyReceipt(id: String, receipt: String): Verdict =
        typed { inner.verifyReceipt(id.checked(), receipt.checked()) }

    /** Fetches main's key set now; tells whether it is a newer one. */
    suspend fun refresh(): Boolean = wait { inner.refresh(it) }

    /** The fallback ids that are still owed a permanent one. */
    suspend fun pendingReconciliations(): List<Pending> = typed { inner.pendingReconciliations() }

    /** Replaces one fallback id now. */
    suspend fun reconcile(fallbackId: String, deadline: Duration? = null): Issued =
        wait { inner.reconcile(fallbackId.checked(), deadline?.ms(), it) }

    /** Replaces what is due, within the client's deadline. */
    suspend fun triggerReconciliation(): DrainReport = wait { inner.triggerReconciliation(it) }

    /** Answers open requests and replaces fallback ids until nothing is due or time is up. */
    suspend fun drain(deadline: Duration): DrainReport = wait { inner.drain(deadline.ms(), it) }

    /** The id to use in the place of [old]: the permanent one, for ever. */
    suspend fun resolve(old: String, deadline: Duration? = null): Issued =
        wait { inner.resolve(old.checked(), deadline?.ms(), it) }

    /** What happened to an id at main, oldest first, for the owning tenant. */
    suspend fun history(id: String, deadline: Duration? = null): List<LifecycleEvent> =
        wait { inner.history(id.checked(), deadline?.ms(), it) }

    /** Gives refused debts another chance; tells how many. */
    suspend fun retryWedged(): Long = typed { inner.retryWedged().toLong() }

    /** Gives one debt up for good, with the reason on record. */
    suspend fun abandon(fallbackId: String, why: String) = typed { inner.abandon(fallbackId.checked(), why.checked()) }

    /** Asks both services how they are. An unreachable service is an answer. */
    suspend fun health(): Health = wait { inner.health(it) }

    /** Finishes writes and lets go of the store's files, for instance before the app is frozen. */
    suspend fun suspend(deadline: Duration) = typed { inner.suspend(deadline.ms()) }

    /** Opens the store again. */
    suspend fun resume() = typed { inner.resume() }

    /** Counters since the client was made. */
    fun metrics(): Metrics = typed { inner.metrics() }

    /** Listens to what happens in the background from now on. Close what comes back. */
    fun listen(): Events = typed { Events(inner.events()) }

    /** What happens in the background while it is collected. Ends with the client. */
    fun events(): Flow<Event> = flow {
        listen().use { events ->
            while (true) {
                val event = try {
                    events.next(1.hours)
                } catch (error: ChittyException) {
                    if (error.code == Code.CLOSED) return@use
                    throw error
                }
                if (event != null) emit(event)
            }
        }
    }

    /** Ends the client; what is owed stays in the store. Doing so twice changes nothing. */
    override fun close() {
        try {
            typed { inner.shutdown() }
        } catch (_: ChittyException) {
            return
        }
        inner.close()
    }

    companion object {
        /** Builds a client. A key `secret:NAME` is read from [secrets]; parts not handed in are built in. */
        suspend fun open(
            config: ClientConfig,
            store: PendingStore? = null,
            transport: HttpTransport? = null,
            secrets: SecretStore? = null,
            listener: EventListener? = null,
            clock: Clock? = null,
        ): Client = withContext(NonCancellable + Dispatchers.IO) {
            val sender = transport?.let(::Sender)
            typed { Client(cc.chitty.ffi.Client(config, store, sender, secrets, listener, clock)) }
        }
    }
}

/**
 * Hears what happens in the background from its making on. Who lags more than 1 024 events behind loses
 * the oldest; the store loses nothing.
 */
class Events internal constructor(private val inner: cc.chitty.ffi.EventSubscription) : AutoCloseable {
    /** The next event; nothing when none came within [timeout]. */
    suspend fun next(timeout: Duration): Event? = wait { inner.next(timeout.ms(), it) }

    /** Stops listening. */
    override fun close() = inner.close()
}

/** Takes an id apart. That it is well formed says nothing about who issued it. */
fun parseId(text: String): ParsedId = typed { cc.chitty.ffi.parseId(text) }

/** The ids in [held] that differ from [text] by one edit. Nothing else comes out. */
fun suggest(text: String, held: List<String>): List<String> = typed { cc.chitty.ffi.suggest(text, held) }

/** Sends the SDK's log lines up to [level] to [sink], for the whole process and for good. */
fun setLogSink(sink: LogSink, level: LogLevel) = typed { cc.chitty.ffi.setLogSink(sink, level) }

/** The SDK's version. */
fun sdkVersion(): String = cc.chitty.ffi.sdkVersion()

/** How many objects of the SDK live in this process. For leak tests. */
fun liveHandles(): Long = cc.chitty.ffi.liveHandles().toLong()
