package cc.chitty

/** Durable memory of a client. Every call happens entirely or not at all. */
interface PendingStore : cc.chitty.ffi.PendingStore {
    /**
     * Writes a note if it holds [expected] now (`null`: there is no such note); tells whether it did. This
     * one reads, compares and writes, which is enough for a store of one client. A store that several
     * clients or processes share overrides it with one step.
     */
    override fun swapNote(name: String, expected: ByteArray?, value: ByteArray): Boolean {
        val held = note(name)
        val same = if (held == null || expected == null) held == null && expected == null else held.contentEquals(expected)
        if (same) setNote(name, value)
        return same
    }
}
