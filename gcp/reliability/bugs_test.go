package reliability

import (
	"slices"

	"example.com/upstreamauth/ui/e2e/mutant"
)

// bug is a mutant that the tests of the parts must find.
type bug struct {
	name    string
	changes []mutant.Change
	// in and test are the package and the test where a reader would look for
	// what finds it.
	in, test string
}

// seesNobody is a last look at who uses something that finds nobody.
const seesNobody = "func(_ context.Context, _ *engine.Run) state.Users { _ = $; return state.Users{} }"

func one(c ...mutant.Change) []mutant.Change { return c }

// bugs are grouped by what they would do to somebody.
var bugs = slices.Concat(takingAwayBugs, sendingBugs, storingBugs, recordBugs, googleBugs, emulatorBugs)

// takingAwayBugs take away what somebody else uses.
var takingAwayBugs = []bug{
	{"undo disables without a last look at who uses the version", one(mutant.In("flows/change", "undoing.version").ArgumentBecomes("DisableVersion", 3, seesNobody)),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"undo revokes without a last look at who uses the secret", one(mutant.In("flows/change", "undoing.access").ArgumentBecomes("RevokeAccess", 3, seesNobody)),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"undo deletes a secret without a last look at it", one(mutant.In("flows/change", "undoing.wantedNow").Begins("return nil")),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"remove disables without a last look", one(mutant.In("flows/act", "Release").ArgumentBecomes("DisableVersion", 3, seesNobody)),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"remove revokes without a last look", one(mutant.In("flows/act", "Release").ArgumentBecomes("RevokeAccess", 3, seesNobody)),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"rotate retires the old version without a last look", one(mutant.In("flows/change", "retire").CallBecomes("state.UsersNow", "func(...any) state.Users { return state.Users{} }(ctx, run)")),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"a secret is deleted without its etag", one(mutant.In("flows/act", "DeleteSecret").ArgumentBecomes("Cloud.DeleteSecret", 2, `""`)),
		"./flows/change", "TestTakingAwayKeepsToWhatWasLookedAt"},
	{"access is revoked without the policy's etag", one(mutant.In("flows/act", "revoke").ArgumentBecomes("Cloud.Revoke", 4, `""`)),
		"./flows/change", "TestTakingAwayKeepsToWhatWasLookedAt"},
	{"a version is disabled without its etag", one(mutant.In("flows/act", "switchVersion").ArgumentBecomes("write", 2, `""`)),
		"./flows/change", "TestTakingAwayKeepsToWhatWasLookedAt"},
	{"times of creation are not compared before a write", one(mutant.In("flows/engine", "Another").Begins("return false")),
		"./flows/change", "TestTakingAwayStopsAtWhatWasMadeAnew"},
	{"undo doesn't compare times of creation", one(mutant.In("flows/change", "undoing.anew").Begins("return false")),
		"./flows/change", "TestUndoLeavesWhatWasMadeAnew"},
	{"other projects' service agents are not counted as users", one(mutant.In("flows/state", "AllUsersOf").DropsAssignment("u.agents")),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"a repository that follows latest is not counted as a user", one(mutant.In("flows/state", "Users.Of").IsFalse("v.Number")),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"what could not be looked at counts as unused", one(mutant.In("flows/state", "Users.Reason").IsFalse("u.Missed")),
		"./flows/change", "TestTakingAwayLooksAgain"},
	{"undo gives back credentials over somebody else's", one(mutant.In("flows/change", "restorable").IsFalse("u.has")),
		"./flows/change", "TestUndoLeavesAlone"},
	{"credentials are cleared after somebody has edited the repository", one(mutant.In("flows/act", "clearNow").IsFalse("was.UpdateTime")),
		"./flows/change", "TestRemoveStopsWhereSomebodyElseEdits"},
	{"credentials that somebody else has set are cleared", one(
		mutant.In("flows/act", "clearNow").IsFalse("was.Username"), mutant.In("flows/act", "clearNow").IsFalse("was.SecretVersion"),
		mutant.In("flows/act", "clearNow").IsFalse("was.UpdateTime")), "./flows/change", "TestRemoveStopsWhereSomebodyElseEdits"},
}

// sendingBugs send a token where it must not go.
var sendingBugs = []bug{
	{"a realm is allowed by the beginning of its name", one(mutant.In("flows/upstream", "mayReceive").CallBecomes("strings.EqualFold", "strings.HasPrefix(u.Host, realm)").Everywhere()),
		"./flows/upstream", "TestMayReceive"},
	{"a stored token is tried where Google may not send it", one(mutant.In("flows/state", "MayTry").IsTrue("agreed").Everywhere()),
		"./flows", "TestAStoredTokenGoesWhereGoogleWouldSendIt"},
	{"the upstream is not read again before a stored token is sent", one(mutant.In("flows/engine", "TryIf").CallBecomes("still", "func(error) error { return nil }($)")),
		"./flows", "TestTheUpstreamIsReadAgainBeforeItIsSentAToken"},
	{"a trial goes on after a rejection", one(mutant.In("flows/upstream", "tokens").IsFalse("given.denied")),
		"./flows/upstream", "TestOneRejectionEndsATrial"},
	{"an emulator's stand-in lets a companion host have the token", one(mutant.In("flows/upstream", "mayReceive").IsTrue("v.standIn")),
		"./flows/upstream", "TestMayReceive"},
	{"an answer is read whatever its length", one(mutant.In("flows/upstream", "visit.ask").CallBecomes("io.LimitReader", "io.Reader(res.Body)")),
		"./flows/upstream", "TestEndlessBody"},
	{"a connection that switches protocols is read to its end", one(mutant.In("flows/upstream", "visit.ask").IsFalse("StatusSwitchingProtocols")),
		"./flows/upstream", "TestSwitchingProtocolsEndsATrialAtOnce"},
	{"a token that a realm issued is quoted", one(mutant.In("flows/upstream", "issued").DropsCall("echo.Add")),
		"./flows/upstream", "TestIssuedTokensAreNotQuoted"},
	{"logins of addresses are shown", one(mutant.In("flows/clean", "maskPlace").Begins("return s")),
		"./flows/clean", "TestAddressesAreMasked"},
	{"queries of addresses are shown", one(mutant.In("flows/clean", "withoutQuery").Begins("return s")),
		"./flows/clean", "TestAddressesAreMasked"},
	{"an upstream's address keeps its login where it enters", one(mutant.In("gcp", "").CallBecomes("clean.Address", "string(uri)")),
		"./gcp", "TestUpstreamAddressIsMaskedWhereItEnters"},
}

// storingBugs store a token twice, or in what is somebody else's.
var storingBugs = []bug{
	{"a secret that somebody else made is recorded as created", one(mutant.In("flows/act", "createOnce").IsTrue("info.CreatedBy")),
		"./flows/change", "TestASecretThatSomebodyElseCreatesMeanwhile"},
	{"a second version is added blindly where looking fails", one(mutant.In("flows/act", "store").IsTrue("cloud.NotFound")),
		"./flows/change", "TestALostVersionIsNotAddedBlindly"},
	{"any version that appeared is taken for ours", one(mutant.In("flows/act", "ours").CallBecomes("stored.Equal", "($ || true)")),
		"./flows/change", "TestALostVersionIsToldFromOneOfSomebodyElse"},
	{"a twin is not looked for", one(mutant.In("flows/act", "twin").Begins("return cloud.VersionName{}")),
		"./flows/change", "TestTwoRunsLeaveOneVersion"},
	{"a twin stays enabled", one(mutant.In("flows/act", "useTwin").CallBecomes("switchVersion", "engine.Outcome{}, error(nil)")),
		"./flows/change", "TestTwoRunsLeaveOneVersion"},
	{"a disabled version is used whatever it holds", one(mutant.In("flows/act", "wake").IsTrue("stored.Equal")),
		"./flows/change", "TestATokenIsNotStoredTwice"},
	{"a repository's credentials are replaced though somebody else has changed them", one(
		mutant.In("flows/act", "Update").IsFalse("was.Username"), mutant.In("flows/act", "Update").IsFalse("was.SecretVersion"), mutant.In("flows/act", "Update").IsFalse("is.UpdateTime")),
		"./flows/change", "TestARepositoryChangedMeanwhileStopsTheRun"},
}

// recordBugs forget what a run has done, or trust what it has not.
var recordBugs = []bug{
	{"receipts are ordered by the clock", one(
		mutant.In("flows/engine", "names").After("SortFunc", "slices.SortFunc(names, func(a, b string) int { return strings.Compare(b[strings.IndexByte(b, '-')+1:], a[strings.IndexByte(a, '-')+1:]) })"),
		mutant.In("flows/engine", "Receipt.after").Begins("return r.Started.After(other.Started)")), "./flows/change", "TestReceiptsAreOrderedByACounter"},
	{"what is about to be written is not recorded before", one(mutant.In("flows/engine", "intend").CallBecomes("r.save", "error(nil)").Everywhere()),
		"./flows/doctor", "TestEveryWriteIsInTheReceiptBefore"},
	{"a write whose answer was lost is withdrawn", one(mutant.In("flows/engine", "Run.WriteIf").IsTrue("changed")),
		"./flows/engine", "TestWhatBecomesOfAWrite"},
	{"a lost answer doesn't count as a change", one(mutant.In("flows/cloud", "note").IsFalse("Lost")),
		"./flows/engine", "TestAWriteWhoseAnswerIsLostMayHaveHappened"},
	{"an older run is taken back under a newer one that stands on it", one(mutant.In("flows/engine", "StandingOn").Begins("return nil")),
		"./flows/change", "TestALaterRunIsTakenBackFirst"},
	{"a receipt that others can write to is trusted", one(mutant.In("flows/engine", "Trusted").IsFalse("r.Open")),
		"./flows/change", "TestWhoMayWriteAReceipt"},
	{"a receipt with a write in doubt is pruned", one(mutant.In("flows/engine", "prune").IsFalse("Unanswered")),
		"./flows/engine", "TestOldReceiptsGo"},
	{"receipts can be read by others", one(mutant.In("flows/engine", "save").ArgumentBecomes("os.WriteFile", 2, "0o644")),
		"./flows/change", "TestReceiptOfARunHoldsNoToken"},
}

// googleBugs ask Google wrongly, or believe what it has not said.
var googleBugs = []bug{
	{"a secret's etag is not sent with its deletion", one(mutant.In("gcp", "DeleteSecret").DropsField("Etag")), "./gcp", "TestTakingAwayMeetsARival"},
	{"a version's etag is not sent when it is disabled", one(mutant.In("gcp", "DisableVersion").DropsField("Etag")), "./gcp", "TestTakingAwayMeetsARival"},
	{"a version's etag is not sent when it is enabled", one(mutant.In("gcp", "EnableVersion").DropsField("Etag")), "./gcp", "TestVersionsAreSwitchedByTheirEtag"},
	{"a policy is revoked from whatever has become of it", one(mutant.In("gcp", "Client.Revoke").IsFalse("EncodeToString")), "./gcp", "TestRevokeKeepsToThePolicyThatWasLookedAt"},
	{"a conditional binding counts as a grant", one(mutant.In("gcp", "addMember").IsFalse("GetCondition")), "./gcp", "TestGrantKeepsEverythingElse"},
	{"a member is taken off a conditional binding", one(mutant.In("gcp", "removeMember").IsFalse("GetCondition")), "./gcp", "TestGrantKeepsEverythingElse"},
	{"a policy is not read back after it was written", one(mutant.In("gcp", "editPolicy").After("changed", "if err == nil { return changed, nil }").Everywhere()), "./gcp", "TestGrantIsWrittenAgainWhereSomebodyOverwroteIt"},
	{"a payload's checksum is not compared", one(mutant.In("gcp", "Payload").IsFalse("checksum")), "./gcp", "TestPayloadsAreCheckedOnTheirWay"},
	{"no checksum is sent with a payload", one(mutant.In("gcp", "AddVersion").FieldBecomes("DataCrc32C", "func(*int64) *int64 { return nil }($)")), "./gcp", "TestAddVersionSendsAndWantsAChecksum"},
	{"a repeated page token is not noticed", one(mutant.In("gcp", "pages").DropsAssignment("seen")), "./gcp", "TestListsEnd"},
}

// emulatorBugs let a web page into the emulator.
var emulatorBugs = []bug{
	{"the emulator answers to any host", one(mutant.In("gcp/emulator", "foreign").IsFalse("isGoogles")), "./gcp/emulator", "TestForeignRequestsAreRefused"},
	{"the emulator answers pages of any origin", one(mutant.In("gcp/emulator", "foreign").Begins(`r = r.Clone(r.Context()); r.Header.Del("Origin")`)), "./gcp/emulator", "TestForeignRequestsAreRefused"},
	{"the emulator answers pages of another site", one(mutant.In("gcp/emulator", "foreign").Begins(`r = r.Clone(r.Context()); r.Header.Del("Sec-Fetch-Site")`)), "./gcp/emulator", "TestForeignRequestsAreRefused"},
}
