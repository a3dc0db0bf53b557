package cc.chitty

import com.google.gson.JsonObject
import java.io.File

/** Nothing was opened yet, so there is nothing to say so. */
internal class NotOpen : Exception()

/** The system's clock, ahead by the milliseconds that stand in a file. */
private class Ahead(private val path: String) : Clock {
    override fun nowMs(): Long = System.currentTimeMillis() + File(path).readText().toLong()
}

/** A folder with one file per secret, and one for the seed. */
private class Folder(private val path: File) : SecretStore, SeedKeeper {
    override fun load(name: String): ByteArray? = path.resolve(name).takeIf { it.exists() }?.readBytes()
    override fun save(name: String, secret: ByteArray) = path.resolve(name).writeBytes(secret)
    override fun keep(seed: ByteArray) = save("seed", seed)
}

/** The calls of the acceptance protocol about wallets and sites. */
internal class People {
    private var wallet: Wallet? = null
    private val sites = HashMap<String, Site>()

    suspend fun call(name: String, args: JsonObject): JsonObject = when {
        name == "wallet_open" -> {
            wallet?.close()
            val folder = Folder(File(args.text("secrets_path")))
            val config = WalletConfig(
                broker = args.text("broker"),
                brokerUrl = args.text("broker_url"),
                storePath = args.maybe("store_path"),
                deadlineMs = args["deadline_ms"].asLong.toULong(),
            )
            wallet = Wallet.open(config, folder, folder, clock = Ahead(args.text("clock_path")))
            json()
        }
        name == "wallet_close" -> {
            wallet?.close()
            json()
        }
        name == "site_open" -> {
            val config = SiteConfig(
                host = args.text("host"),
                broker = args.text("broker"),
                brokerUrl = args.text("broker_url"),
                keysMaxAgeS = args["keys_max_age_s"].asLong.toULong(),
                deadlineMs = args["deadline_ms"].asLong.toULong(),
            )
            sites.put(config.host, Site.open(config, clock = Ahead(args.text("clock_path"))))?.close()
            json()
        }
        name.startsWith("site_") -> onSite(sites[args.text("host")] ?: throw NotOpen(), name, args)
        else -> onWallet(wallet ?: throw NotOpen(), name, args)
    }

    private suspend fun onWallet(wallet: Wallet, name: String, args: JsonObject): JsonObject {
        when (name) {
            "wallet_register" -> wallet.register()
            "wallet_refresh" -> wallet.refresh()
            "wallet_revoke" -> wallet.revoke()
            "wallet_obtain" -> return credential(wallet.obtain(args.text("schema"), args.maybe("enrolment_code")))
            "wallet_credentials" -> return json("schemas" to wallet.credentials().map { it.schema })
            "wallet_standing" -> return json("standing" to wallet.standing().name.lowercase())
            "wallet_present" -> {
                val consent = Consent(args["attributes"].asJsonArray.map { it.asString }, args["tag"].asBoolean)
                val shown = wallet.present(args.text("origin"), args.text("request_json"), consent)
                return json("presentation" to hex(shown))
            }
            else -> error("`$name` is not in the protocol")
        }
        return json()
    }

    private suspend fun onSite(site: Site, name: String, args: JsonObject): JsonObject = when (name) {
        "site_refresh" -> {
            site.refresh()
            json()
        }
        "site_request" -> {
            val asked = site.request(args.text("policy_json"))
            json("request_json" to asked.text, "nonce" to asked.nonce)
        }
        "site_verify" -> {
            val shown = args.text("presentation").chunked(2).map { it.toInt(16).toByte() }.toByteArray()
            judged(site.verify(shown, args.text("policy_json"), args.text("expected_nonce")))
        }
        else -> error("`$name` is not in the protocol")
    }
}

private fun credential(it: CredentialInfo) = json(
    "issuer" to it.issuer, "schema" to it.schema, "not_after" to it.notAfter, "attributes_json" to it.attributesJson,
)

private fun judged(verdict: PresentationVerdict): JsonObject {
    val answer = json("verdict" to verdict.state.name.lowercase())
    val texts = listOf(
        "reason" to verdict.reason, "issuer" to verdict.issuer, "not_after" to verdict.notAfter,
        "attributes_json" to verdict.attributesJson, "tag" to verdict.tag?.let(::hex),
    )
    for ((name, told) in texts) told?.let { answer.addProperty(name, it) }
    return answer
}

private fun hex(bytes: ByteArray) = bytes.joinToString("") { "%02x".format(it) }
