package cc.chitty

import cc.chitty.ffi.Event
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.reflect.Modifier

private const val SECRET = "what-no-log-may-hold"

/** What is printed of a record: none of its texts and bytes, whichever record it is. */
class PrintsTest {
    private val bytes = SECRET.toByteArray()
    private val header = HttpHeader(SECRET, SECRET)
    private val issued = Issued(SECRET, SECRET, IdClass.STANDARD, false)
    private val records = listOf<Any>(
        ClientConfig(SECRET, SECRET, SECRET, SECRET, SECRET, SECRET),
        Consent(listOf(SECRET), true),
        CredentialInfo(SECRET, SECRET, SECRET, SECRET),
        header,
        HttpRequest(SECRET, SECRET, listOf(header), bytes, 1u),
        HttpResponse(200u, listOf(header), bytes),
        IdRequest(SECRET, SECRET, bytes, SECRET, SECRET, SECRET),
        issued,
        LifecycleEvent(SECRET, SECRET, SECRET, SECRET, SECRET),
        ParsedId(Profile.CANONICAL, IdClass.STANDARD, SECRET, SECRET, SECRET, SECRET, SECRET, true),
        Pending(SECRET, PendingState.OWED, 1, 1u, 1u),
        PresentationVerdict(true, VerdictState.VALID, SECRET, SECRET, SECRET, SECRET, bytes),
        ResponseAnswer(true, VerdictState.VALID, SECRET, SECRET),
        SignedRequestInfo(SECRET, SECRET, Flow.SAME_DEVICE, SECRET),
        SiteAnswer(SECRET, SECRET, bytes),
        SiteConfig(SECRET, SECRET, SECRET),
        SiteRequest(SECRET, SECRET),
        StoreRow(bytes, 1u, SECRET, SECRET, 1, 1u, bytes),
        Verification(true, IdClass.STANDARD, SECRET, SECRET),
        WalletConfig(SECRET, SECRET, SECRET),
        Event.FallbackIssued(issued),
        Event.Reconciled(SECRET, issued),
        Event.Recovered(issued),
        Event.Wedged(SECRET, 1u),
    )

    private fun fields(of: Class<*>) =
        of.declaredFields.filterNot { Modifier.isStatic(it.modifiers) }.onEach { it.isAccessible = true }

    /** What a record holds, printed field by field. */
    private fun told(value: Any?): String = when (value) {
        is ByteArray -> value.decodeToString()
        is List<*> -> value.joinToString(transform = ::told)
        in records -> fields(value!!.javaClass).joinToString { told(it[value]) }
        else -> value.toString()
    }

    @Test
    fun `no text of a record`() {
        for (record in records) {
            for (printed in listOf("$record", "${listOf(record)}", "${record to 1}")) {
                assertFalse(SECRET in printed, record.javaClass.name)
                assertTrue('(' in printed, printed)
            }
            // The control: its fields were seen to hold it.
            assertTrue(SECRET in told(record), record.javaClass.name)
        }
    }

    @Test
    fun `every record with text or bytes was looked at`() {
        val place = File(Issued::class.java.protectionDomain.codeSource.location.toURI())
        val holders = setOf(String::class.java, ByteArray::class.java, List::class.java, Issued::class.java)
        val found = place.resolve("cc/chitty/ffi").listFiles()!!
            .map { Class.forName("cc.chitty.ffi.${it.nameWithoutExtension}", false, javaClass.classLoader) }
            .filter { type -> type.methods.any { it.name.startsWith("component1") } }
            .filter { type -> fields(type).any { it.type in holders } }
        assertEquals(records.map { it.javaClass.name }.sorted(), found.map { it.name }.sorted())
    }
}
