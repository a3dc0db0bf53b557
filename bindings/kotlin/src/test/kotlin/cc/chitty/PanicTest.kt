package cc.chitty

import cc.chitty.ffi.UniffiRustCallStatus
import com.sun.jna.NativeLibrary
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.reflect.InvocationTargetException

/** Calls the function that panics, as generated code would, in the library that the property names. */
object Panicking {
    @JvmStatic
    fun main(args: Array<String>) {
        val library = System.getProperty("uniffi.component.chitty.libraryOverride")
        val hook = NativeLibrary.getInstance(library).getFunction("uniffi_chitty_fn_func_test_panic")
        val judge = Class.forName("cc.chitty.ffi.ChittyKt").declaredMethods
            .first { it.name == "uniffiCheckCallStatus" }.apply { isAccessible = true }
        val noError = Class.forName("cc.chitty.ffi.UniffiNullRustCallStatusErrorHandler").getField("INSTANCE")[null]
        try {
            typed {
                val status = UniffiRustCallStatus()
                hook.invoke(arrayOf(status))
                status.read()
                try {
                    judge.invoke(null, noError, status)
                } catch (thrown: InvocationTargetException) {
                    throw thrown.targetException
                }
            }
        } catch (error: ChittyException.Internal) {
            println("${error.code} ${error.kind} ${error.cause} ${error.message}")
        }
        println(parseId("AA-C-USR-1234-I-25-7-X").entityType)
    }
}

/**
 * A panic in Rust, seen from Kotlin: a typed error without the panic's text. The library that is shipped
 * has no function that panics; one with such a function takes its place, in a process of its own.
 */
class PanicTest {
    private fun run(vararg words: String): Triple<Int, String, String> {
        val trouble = File.createTempFile("chitty", null)
        val process = ProcessBuilder(*words).redirectError(trouble).start()
        val said = process.inputStream.bufferedReader().readText()
        return Triple(process.waitFor(), said, trouble.readText().also { trouble.delete() })
    }

    @Test
    fun `it becomes a typed error`() {
        val (built, library, reason) = run("../hooks.sh")
        assertEquals(0, built, reason)
        val (code, said, trouble) = run(
            "${System.getProperty("java.home")}/bin/java",
            "-Duniffi.component.chitty.libraryOverride=${library.trim()}",
            "-cp", System.getProperty("java.class.path"), "cc.chitty.Panicking",
        )
        assertEquals(0, code, trouble)
        // The control: there was a panic, and its text went to the terminal.
        assertTrue("asked for by a test" in trouble, trouble)
        assertEquals("1901 INTERNAL null CHT-1901: a defect of the SDK; report it\nI\n", said)
    }
}
