package cc.chitty

import cc.chitty.ffi.ForeignException
import com.google.gson.JsonParser
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.File
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Files
import java.security.SecureRandom
import java.sql.DriverManager
import java.time.Duration
import java.util.concurrent.CountDownLatch

private val root = generateSequence(File("").absoluteFile) { it.parentFile }
    .first { File(it, "spec/acceptance").isDirectory }
private val server = root.resolve(System.getenv("CARGO_TARGET_DIR") ?: "target").resolve("debug/reference-server").path

/** Main and fallback on loopback, in a folder of their own. */
class Servers : AutoCloseable {
    val folder: File = Files.createTempDirectory("chitty").toFile()
    private val process = ProcessBuilder(server, "serve", "--role", "all", "--dir", folder.path)
        .redirectError(ProcessBuilder.Redirect.DISCARD).start()
    private val urls = process.inputStream.bufferedReader().let { told ->
        List(2) { JsonParser.parseString(told.readLine()).asJsonObject }
            .associate { it["role"].asString to it["listening"].asString }
    }
    val mainUrl: String = urls.getValue("main")
    val mainKey = key("main")
    private val fallbackKey = key("fallback")
    private val keySet = say("keys", "show", "--dir", "$folder/main-keys")

    private fun say(vararg words: String): String {
        val said = ProcessBuilder(server, *words).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val text = said.inputStream.bufferedReader().readText()
        check(said.waitFor() == 0) { words.first() }
        return text
    }

    private fun key(role: String): String {
        val said = say(
            "api-key", "add", "--database", "$folder/$role.sqlite", "--role", role, "--tenant", "acme",
            "--per-second", "100000", "--burst", "100000", "--scopes", "generate,reconcile,verify,audit",
        )
        return JsonParser.parseString(said).asJsonObject["apiKey"].asString
    }

    /** A configuration with both services that reconciles only when told. */
    val config = ClientConfig(
        mainUrl = mainUrl, mainKey = mainKey, fallbackUrl = urls.getValue("fallback"),
        fallbackKey = fallbackKey, keySetJson = keySet, automatic = false,
    )

    /** Every id that main has issued. */
    fun books(): Set<String> = DriverManager.getConnection("jdbc:sqlite:$folder/main.sqlite").use { books ->
        val rows = books.createStatement().executeQuery("SELECT identifier FROM intents")
        generateSequence { if (rows.next()) rows.getString(1) else null }.toSet()
    }

    override fun close() {
        process.destroy()
        process.waitFor()
        folder.deleteRecursively()
    }
}

/** Names the points that a call passes, and parks at one of them. */
class Gate(private val parkAt: Int = -1) {
    private val names = ArrayList<String>()
    val reached = CountDownLatch(1)
    val opened = CountDownLatch(1)

    private fun parks(name: String): Boolean = synchronized(names) {
        names += name
        names.size - 1 == parkAt
    }.also { if (it) reached.countDown() }

    fun passed(): List<String> = synchronized(names) { names.toList() }

    fun isReached() = reached.count == 0L

    suspend fun point(name: String) {
        if (parks(name)) while (opened.count > 0) delay(2)
    }

    fun block(name: String) {
        if (parks(name)) opened.await()
    }
}

/** A transport on the JDK. */
open class Http(private val gate: Gate = Gate(), @Volatile var down: String? = null) : HttpTransport {

    override suspend fun send(request: HttpRequest): HttpResponse {
        gate.point("request")
        if (down?.let(request.url::startsWith) == true) {
            throw ForeignException.Failed(Code.CONNECT_FAILED.toUShort(), Stage.NOT_SENT)
        }
        val asked = java.net.http.HttpRequest.newBuilder(URI(request.url))
            .timeout(Duration.ofMillis(request.timeoutMs.toLong()))
            .method(request.method, BodyPublishers.ofByteArray(request.body))
        for (header in request.headers) if (header.name != "content-length") asked.header(header.name, header.value)
        val said = try {
            client.sendAsync(asked.build(), BodyHandlers.ofByteArray()).await()
        } catch (_: IOException) {
            throw ForeignException.Failed(Code.CONNECTION_LOST.toUShort(), Stage.MAYBE_SENT)
        }
        val headers = said.headers().map().flatMap { (name, all) -> all.map { HttpHeader(name, it) } }
        gate.point("answer")
        return HttpResponse(said.statusCode().toUShort(), headers, said.body())
    }

    private companion object {
        val client: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
    }
}

/** The contract of a store in a map. */
open class Memory(var gate: Gate = Gate()) : PendingStore {
    private val key: ByteArray = ByteArray(32).also(SecureRandom()::nextBytes)
    private val rows: MutableMap<List<Byte>, StoreRow> = HashMap()
    private val notes: MutableMap<String, ByteArray> = HashMap()
    private var owner = byteArrayOf()
    private var leased = 0L

    override fun storeKey() = key

    override fun get(key: ByteArray): StoreRow? {
        gate.block("get")
        return synchronized(rows) { rows[key.toList()] }
    }

    override fun put(row: StoreRow, powerSafe: Boolean): ULong? {
        gate.block("put")
        synchronized(rows) {
            if ((rows[row.key.toList()]?.version ?: 0u) != row.version) return null
            rows[row.key.toList()] = row.copy(version = row.version + 1u)
        }
        gate.block("end of put")
        return row.version + 1u
    }

    override fun remove(key: ByteArray, version: ULong): Boolean {
        gate.block("remove")
        synchronized(rows) {
            val stored = rows[key.toList()] ?: return false
            if (stored.state != 1.toUByte() || stored.version != version) return false
            rows.remove(key.toList())
            return true
        }
    }

    override fun find(id: String): List<StoreRow> {
        gate.block("find")
        return synchronized(rows) { rows.values.filter { it.fallbackId == id || it.permanentId == id } }
    }

    override fun list(states: ByteArray, dueMs: Long, limit: ULong): List<StoreRow> = synchronized(rows) {
        rows.values.filter { it.state.toByte() in states && it.dueMs <= dueMs }.sortedBy { it.dueMs }
            .take(limit.coerceAtMost(Int.MAX_VALUE.toULong()).toInt())
    }

    override fun counts(): List<StateCount> = synchronized(rows) {
        rows.values.groupBy { it.state }.map { (state, them) -> StateCount(state, them.size.toULong()) }
    }

    override fun lease(owner: ByteArray, nowMs: Long, untilMs: Long): Boolean = synchronized(rows) {
        val free = leased <= nowMs || leased > untilMs || this.owner.contentEquals(owner)
        if (free) {
            this.owner = owner
            leased = untilMs
        }
        free
    }

    override fun release(owner: ByteArray) = synchronized(rows) {
        if (this.owner.contentEquals(owner)) leased = 0
    }

    override fun note(name: String) = notes[name]

    override fun setNote(name: String, value: ByteArray) = synchronized(rows) {
        notes[name] = value
    }

    override fun swapNote(name: String, expected: ByteArray?, value: ByteArray): Boolean =
        synchronized(rows) { super.swapNote(name, expected, value) }

    override fun suspend() = Unit

    override fun resume() = Unit
}

/** Waits until [holds], and fails when time is up. */
suspend fun until(seconds: Int = 10, holds: suspend () -> Boolean) {
    repeat(seconds * 500) {
        if (holds()) return
        delay(2)
    }
    assertTrue(holds(), "it did not come true in time")
}
