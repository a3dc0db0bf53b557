package cc.chitty

// Records and parts of the app's own, as the library knows them. `Event`, `ForeignException`
// and `SignerException` have cases, which an alias would hide: they are imported from `cc.chitty.ffi`.

typealias AnchorStanding = cc.chitty.ffi.AnchorStanding
typealias Arrival = cc.chitty.ffi.Arrival
typealias CircuitState = cc.chitty.ffi.CircuitState
typealias ClientConfig = cc.chitty.ffi.ClientConfig
typealias Clock = cc.chitty.ffi.Clock
typealias Consent = cc.chitty.ffi.Consent
typealias CredentialInfo = cc.chitty.ffi.CredentialInfo
typealias DrainReport = cc.chitty.ffi.DrainReport
typealias ErrorKind = cc.chitty.ffi.ErrorKind
typealias EventListener = cc.chitty.ffi.EventListener
typealias Flow = cc.chitty.ffi.Flow
typealias HardwareSigner = cc.chitty.ffi.HardwareSigner
typealias Health = cc.chitty.ffi.Health
typealias HttpHeader = cc.chitty.ffi.HttpHeader
typealias HttpRequest = cc.chitty.ffi.HttpRequest
typealias HttpResponse = cc.chitty.ffi.HttpResponse
typealias HttpTransport = cc.chitty.ffi.HttpTransport
typealias IdClass = cc.chitty.ffi.IdClass
typealias IdRequest = cc.chitty.ffi.IdRequest
typealias Issued = cc.chitty.ffi.Issued
typealias LifecycleEvent = cc.chitty.ffi.LifecycleEvent
typealias LogLevel = cc.chitty.ffi.LogLevel
typealias LogSink = cc.chitty.ffi.LogSink
typealias Metrics = cc.chitty.ffi.Metrics
typealias ParsedId = cc.chitty.ffi.ParsedId
typealias Pending = cc.chitty.ffi.Pending
typealias PendingState = cc.chitty.ffi.PendingState
typealias PresentationVerdict = cc.chitty.ffi.PresentationVerdict
typealias Profile = cc.chitty.ffi.Profile
typealias ResponseAnswer = cc.chitty.ffi.ResponseAnswer
typealias SecretStore = cc.chitty.ffi.SecretStore
typealias SecurityLevel = cc.chitty.ffi.SecurityLevel
typealias SeedKeeper = cc.chitty.ffi.SeedKeeper
typealias ServiceHealth = cc.chitty.ffi.ServiceHealth
typealias SignedRequestInfo = cc.chitty.ffi.SignedRequestInfo
typealias SiteAnswer = cc.chitty.ffi.SiteAnswer
typealias SiteConfig = cc.chitty.ffi.SiteConfig
typealias SiteRequest = cc.chitty.ffi.SiteRequest
typealias Stage = cc.chitty.ffi.Stage
typealias StateCount = cc.chitty.ffi.StateCount
typealias StoreRow = cc.chitty.ffi.StoreRow
typealias Verdict = cc.chitty.ffi.Verdict
typealias VerdictState = cc.chitty.ffi.VerdictState
typealias Verification = cc.chitty.ffi.Verification
typealias WalletConfig = cc.chitty.ffi.WalletConfig
