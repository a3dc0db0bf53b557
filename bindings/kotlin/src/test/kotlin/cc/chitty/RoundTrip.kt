package cc.chitty

private const val ID = "AA-C-USR-1234-I-25-7-X"

private fun median(samples: Int = 2_000, calls: Int = 50, call: () -> Unit): Double {
    val took = DoubleArray(samples) {
        val start = System.nanoTime()
        repeat(calls) { call() }
        (System.nanoTime() - start).toDouble() / calls
    }
    return took.sorted()[samples / 2]
}

/**
 * What the first call of a fresh JVM and every later call across the border cost, for
 * `cargo xtask size`: nanoseconds, the median of many batches.
 */
fun main() {
    val start = System.nanoTime()
    sdkVersion()
    println("load ${System.nanoTime() - start}")
    // Compiled by then.
    repeat(20_000) { parseId(ID) }
    println("empty ${median { cc.chitty.ffi.abiVersion() }}")
    println("parse_id ${median { parseId(ID) }}")
}
