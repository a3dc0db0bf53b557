package cc.chitty

import cc.chitty.ffi.Event
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import java.io.File
import java.security.MessageDigest
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.milliseconds

/**
 * The Kotlin program of the acceptance suite: the module behind the protocol of
 * `spec/acceptance/README.md`. Translates and nothing else.
 */
fun main() {
    val program = Program()
    val out = System.out
    for (line in generateSequence(System.`in`.bufferedReader()::readLine)) {
        val order = JsonParser.parseString(line).asJsonObject
        if (order.text("call") == "quit") exitProcess(0)
        val answer = json("id" to order["id"].asLong)
        try {
            val ok = runBlocking { program.call(order.text("call"), order["args"].asJsonObject) }
            answer.add("ok", ok)
        } catch (error: ChittyException) {
            answer.add("error", told(error))
        } catch (_: CancellationException) {
            // Kotlin's own word for it; the SDK's code stands for it in the protocol.
            answer.add("error", json("kind" to "Retry", "code" to "CHT-1904", "stage" to "MaybeSent"))
        } catch (_: NotOpen) {
            answer.add("error", json("kind" to "InvalidInput", "code" to "CHT-1903", "stage" to "NotSent"))
        }
        out.write("$answer\n".toByteArray())
        out.flush()
    }
}

private class Program {
    private var client: Client? = null
    private var events: Events? = null
    private val calls = HashMap<Long, Deferred<JsonObject>>()
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private var tickets = 0L
    private val people = People()

    suspend fun call(name: String, args: JsonObject): JsonObject = when (name) {
        "open" -> {
            client?.close()
            client = opened(args)
            events = client!!.listen()
            json()
        }
        "close" -> {
            client?.close()
            json()
        }
        "start" -> {
            val client = client ?: throw NotOpen()
            // Undispatched: begun when the answer goes out.
            val call = scope.async(start = CoroutineStart.UNDISPATCHED) { onClient(client, args.text("method"), args) }
            calls[++tickets] = call
            json("ticket" to tickets)
        }
        "cancel" -> {
            calls[args["ticket"].asLong]?.cancel()
            json()
        }
        "wait" -> {
            val ticket = args["ticket"].asLong
            val call = calls.getValue(ticket)
            val limit = args["timeout_ms"].asLong.milliseconds
            withTimeoutOrNull(limit) { call.join() }
            if (call.isActive) json("waiting" to true) else calls.remove(ticket)!!.await()
        }
        "events_next" -> happened((events ?: throw NotOpen()).next(args["timeout_ms"].asLong.milliseconds))
        "parse_id" -> described(parseId(args.text("text")))
        "suggest" -> json("ids" to suggest(args.text("text"), args["held"].asJsonArray.map { it.asString }))
        "replay_vectors" -> replay(args)
        else -> when {
            name.startsWith("wallet_") || name.startsWith("site_") -> people.call(name, args)
            else -> onClient(client ?: throw NotOpen(), name, args)
        }
    }

    private suspend fun onClient(client: Client, name: String, args: JsonObject): JsonObject = when (name) {
        "request_id" -> issued(
            client.requestId(
                IdRequest(
                    namespace = args.text("namespace"),
                    entityType = args.text("entity_type"),
                    handle = args.maybe("handle")?.toByteArray(),
                    metadataJson = args.maybe("metadata_json"),
                    requireStandard = args["require_standard"]?.asBoolean ?: false,
                    deadlineMs = args["deadline_ms"]?.asLong?.toULong(),
                ),
            ),
        )
        "verify_receipt" -> judged(client.verifyReceipt(args.text("id"), args.text("receipt")))
        "verify" -> client.verify(args.text("id")).let { said ->
            val answer = json("valid" to said.valid, "status" to said.status)
            said.permanentId?.let { answer.addProperty("permanent_id", it) }
            answer
        }
        "pending" -> json("ids" to client.pendingReconciliations().map { it.fallbackId })
        "reconcile" -> issued(client.reconcile(args.text("id")))
        "resolve" -> issued(client.resolve(args.text("id")))
        "drain" -> client.drain(args["deadline_ms"].asLong.milliseconds).let {
            json(
                "reconciled" to it.reconciled.toLong(), "recovered" to it.recovered.toLong(),
                "wedged" to it.wedged.toLong(), "remaining" to it.remaining.toLong(),
            )
        }
        else -> error("`$name` is not in the protocol")
    }

    private suspend fun replay(args: JsonObject): JsonObject {
        val lines = File(args.text("path")).readLines().map { line ->
            val case = JsonParser.parseString(line).asJsonObject
            "${case.text("file")}\t${case.text("case")}\t${replayed(case)}\n"
        }
        val bytes = lines.joinToString("").toByteArray()
        File(args.text("lines_path")).writeBytes(bytes)
        val digest = MessageDigest.getInstance("SHA-256").digest(bytes)
        return json("cases" to lines.size.toLong(), "sha256" to digest.joinToString("") { "%02x".format(it) })
    }

    private suspend fun replayed(case: JsonObject): String = try {
        if (case.text("kind") == "ids") {
            val said = described(parseId(case.text("text")))
            said.remove("domain")
            "valid " + said.entrySet().joinToString(" ") { it.value.asString }
        } else {
            case.addProperty("main_url", "https://id.example")
            case.addProperty("main_key", "unused")
            val clock = At(case["now"].asLong * 1000)
            opened(case, clock).use { client ->
                val verdict = judged(client.verifyReceipt(case.text("id"), case.text("receipt")))
                verdict.entrySet().joinToString(" ") { it.value.asString }
            }
        }
    } catch (error: ChittyException) {
        error.codeText
    }
}

/** A clock that stands still. */
private class At(private val now: Long) : Clock {
    override fun nowMs(): Long = now
}

private suspend fun opened(args: JsonObject, clock: Clock? = null): Client {
    var config = ClientConfig(
        mainUrl = args.text("main_url"),
        mainKey = args.text("main_key"),
        fallbackUrl = args.maybe("fallback_url"),
        fallbackKey = args.maybe("fallback_key"),
        keySetJson = args.maybe("key_set_json"),
        storePath = args.maybe("store_path"),
        automatic = args["automatic"]?.asBoolean ?: false,
    )
    args["deadline_ms"]?.let { config = config.copy(deadlineMs = it.asLong.toULong()) }
    return Client.open(config, clock = clock)
}

private fun issued(it: Issued) =
    json("id" to it.id, "receipt" to it.receipt, "class" to word(it.idClass), "temporary" to it.temporary)

private fun judged(verdict: Verdict): JsonObject {
    val answer = json("verdict" to verdict.state.name.lowercase())
    verdict.code?.let { answer.addProperty("code", "CHT-$it") }
    return answer
}

private fun described(id: ParsedId) = json(
    "profile" to if (id.profile == Profile.CANONICAL) "canonical" else "secure-fallback",
    "class" to word(id.idClass), "check" to if (id.checkOk) "ok" else "mismatch",
    "domain" to (id.domain ?: ""), "namespace" to id.namespace, "sequence" to id.sequence,
    "entity_type" to id.entityType, "year_month" to id.yearMonth,
)

private fun happened(event: Event?) = when (event) {
    null -> json("event" to "none")
    is Event.FallbackIssued -> json("event" to "fallback_issued", "id" to event.issued.id)
    is Event.Reconciled -> json("event" to "reconciled", "old" to event.old, "id" to event.issued.id)
    is Event.Recovered -> json("event" to "recovered", "id" to event.issued.id)
    is Event.Wedged -> json("event" to "wedged", "old" to event.old)
    is Event.KeySetUpdated -> json("event" to "other")
}

private fun told(error: ChittyException): JsonObject {
    val answer = json("kind" to camel(error.kind.name), "code" to error.codeText, "stage" to camel(error.stage.name))
    error.retryAfter?.let { answer.addProperty("retry_after_ms", it.inWholeMilliseconds) }
    return answer
}

private fun word(of: IdClass) = of.name.lowercase()

/** `MAYBE_SENT` as `MaybeSent`. */
private fun camel(name: String) =
    name.split('_').joinToString("") { it.lowercase().replaceFirstChar(Char::uppercase) }

internal fun JsonObject.text(name: String): String = get(name).asString

internal fun JsonObject.maybe(name: String): String? = get(name)?.asString

internal fun json(vararg members: Pair<String, Any>): JsonObject {
    val of = JsonObject()
    for ((name, value) in members) {
        when (value) {
            is String -> of.addProperty(name, value)
            is Boolean -> of.addProperty(name, value)
            is Number -> of.addProperty(name, value)
            is List<*> -> of.add(name, com.google.gson.JsonArray().apply { value.forEach { add(it as String) } })
            else -> error("no member of the protocol")
        }
    }
    return of
}
