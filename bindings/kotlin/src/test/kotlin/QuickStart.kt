import cc.chitty.*
import kotlinx.coroutines.runBlocking

fun main() = runBlocking {
    val (url, key) = listOf("CHITTY_MAIN_URL", "CHITTY_MAIN_KEY").map(System::getenv)
    val (fallbackUrl, fallbackKey) = listOf("CHITTY_FALLBACK_URL", "CHITTY_FALLBACK_KEY").map(System::getenv)
    Client.open(ClientConfig(url, key, fallbackUrl, fallbackKey, storePath = "ids.db")).use { client ->
        val issued = client.requestId(IdRequest("GEN", "I", handle = "row-17".toByteArray()))
        check(client.verifyReceipt(issued.id, issued.receipt).valid)
        println("${issued.id} temporary: ${issued.temporary}")
    }
}
