package cc.chitty

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/** The quick start of README.md: compiled as `QuickStart.kt`, run against a live server. */
class QuickStartTest {
    @Test
    fun `the block is what is compiled here`() {
        val readme = File("../../README.md").readText()
        val block = readme.substringAfter("\n### Kotlin\n\n```kotlin\n").substringBefore("\n```\n") + "\n"
        assertEquals(File("src/test/kotlin/QuickStart.kt").readText(), block)
    }

    private fun Servers.run(key: String): Pair<Int, String> {
        val java = "${System.getProperty("java.home")}/bin/java"
        val start = ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), "QuickStartKt")
            .directory(folder).redirectError(ProcessBuilder.Redirect.DISCARD)
        start.environment() += mapOf(
            "CHITTY_MAIN_URL" to config.mainUrl, "CHITTY_MAIN_KEY" to key,
            "CHITTY_FALLBACK_URL" to config.fallbackUrl!!, "CHITTY_FALLBACK_KEY" to config.fallbackKey!!,
        )
        val process = start.start()
        val said = process.inputStream.bufferedReader().readText()
        return process.waitFor() to said
    }

    @Test
    fun `it prints an id of the books, and none without the key`() {
        Servers().use { servers ->
            assertTrue(servers.run("unknown").first != 0)
            assertEquals(emptySet<String>(), servers.books())
            val (code, said) = servers.run(servers.mainKey)
            assertEquals(0 to "${servers.books().single()} temporary: false\n", code to said)
        }
    }
}
