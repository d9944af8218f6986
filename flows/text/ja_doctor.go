package text

// japaneseDoctor are the messages of flows/doctor and ui/report.
func japaneseDoctor() map[string]string {
	return map[string]string{
		"%d days old": "作成から %d 日",
		"%d healthy repositories aren't listed; --output csv lists every one": "" +
			"正常なリポジトリ %d 個は表示していません。--output csv ですべて表示できます",
		"%q doesn't name a secret version":   "%q はシークレット バージョンの名前ではありません",
		"%q is an alias, now of version %s":  "%q はエイリアスで、現在はバージョン %s を指しています",
		"%q is version %s, which is enabled": "%q はバージョン %s で、有効です",
		"%q means the version that was added last, whatever its state": "" +
			"%q は、状態にかかわらず最後に追加されたバージョンを指します",
		"%q no longer has credentials": "%q の認証情報を削除しました",
		"%q now has its credentials; no pull has proved them": "" +
			"%q に認証情報を設定しました。pull による検証はまだです",
		"%q now has the new token; no pull has proved it": "" +
			"%q に新しいトークンを設定しました。pull による検証はまだです",
		"%q now pulls as %q":              "%q は %q として pull できるようになりました",
		"%q now pulls with the new token": "%q は新しいトークンで pull できるようになりました",
		"%s (%s)":                         "%s（%s）",
		"%s (number %s)":                  "%s（番号 %s）",
		"%s is off in %q":                 "プロジェクト %[2]q で %[1]s の API が無効です",
		"%s isn't needed for this fix, so what you gave is ignored": "" +
			"この修復に%sは必要ないため、指定された値は使いません",
		"%s still fails": "まだ問題があります: %s",
		"%s, %s":         "%s、%s",
		"%s, which %q belongs to, may grant it; only a pull shows that": "" +
			"%[2]q が属する %[1]s で付与されている可能性があります。pull するとわかります",
		"A service perimeter forbids the pull": "サービス境界により pull が禁止されています",
		"A service perimeter would block upstreams in %s": "" +
			"サービス境界がある場合、%s ではアップストリームがブロックされます",
		"APIs":   "API",
		"Access": "アクセス権",
		"Adding or disabling a version takes effect at once, tried or not; a number stays": "バージョンの追加や無効化は、検証の有無にかかわらずすぐに反映されます。番号で指定すると固定されま" +
			"す",
		"Allow upstreams inside the perimeter, if its administrators agree": "" +
			"境界の管理者の同意を得て、境界内でアップストリームを許可してください",
		"An owner can grant it":                       "オーナーが付与できます",
		"Artifact Registry can read the secret %q":    "Artifact Registry はシークレット %q を読み取れます",
		"Artifact Registry can't reach it either: %s": "Artifact Registry からも接続できません: %s",
		"Artifact Registry may not read the secret %q": "" +
			"Artifact Registry にシークレット %q を読み取る権限がありません",
		"Artifact Registry may read the secret %q": "" +
			"Artifact Registry にはシークレット %q を読み取る権限があります",
		"Artifact Registry may read the secret %q only until %s": "" +
			"Artifact Registry がシークレット %q を読み取れるのは %s までです",
		"Artifact Registry needs both to sign in": "Artifact Registry のログインには両方が必要です",
		"Artifact Registry reads only global secrets": "" +
			"Artifact Registry が読み取れるのはグローバル シークレットだけです",
		"Artifact Registry reads the secret %q by a grant from above": "" +
			"Artifact Registry は上位で付与されたアクセス権によりシークレット %q を読み取っています",
		"Artifact Registry's service agent doesn't exist": "" +
			"Artifact Registry のサービス エージェントが存在しません",
		"Artifact Registry's service agent exists": "Artifact Registry のサービス エージェントは存在します",
		"Caused by: %s. Fix that first.":           "原因: %s。先にこちらを修復してください。",
		"Check the upstream's address: it must be reachable from the internet, and can't be changed; you " +
			"can create another repository": "アップストリームのアドレスを確認してください。インターネットから接続できる必要があり、後から変更" +
			"はできません。別のリポジトリを作成できます",
		"Checked %d repositories, without a real pull: %d with a problem": "" +
			"%d 個のリポジトリを確認しました（実際の pull は行いません）。問題あり: %d 個",
		"Couldn't check %d projects or locations": "" +
			"%d 個のプロジェクトまたはロケーションは確認できませんでした",
		"Create the service agent; doing so again does no harm": "" +
			"サービス エージェントを作成してください。すでに存在していても問題ありません",
		"Credentials":                      "認証情報",
		"Done":                             "完了しました",
		"Emulator":                         "エミュレータ",
		"Emulator %s stands in for Google": "Google の代わりにエミュレータ %s を使用しています",
		"Enable version %s":                "バージョン %s を有効にしてください",
		"Every API that this needs is on":  "必要な API はすべて有効です",
		"Everything was set up already; nothing has been changed": "すべて設定済みです。何も変更していません",
		"Failed; every change was undone":                         "失敗しました。変更はすべて元に戻しました",
		"Failed; nothing has been changed":                        "失敗しました。何も変更していません",
		"Find out why a pull fails":                               "pull が失敗する原因を診断する",
		"Finishing the current step; nothing else will start": "" +
			"現在のステップを完了します。以降のステップは開始しません",
		"From then on every pull fails":       "それ以降、pull はすべて失敗します",
		"Give it a valid user name and token": "有効なユーザー名とトークンを設定してください",
		"Give one with --token-file FILE":     "--token-file FILE で指定してください",
		"Google creates it with the first repository, and has no call that shows it: %s": "" +
			"Google が最初のリポジトリとともに作成しますが、存在を確認する API はありません: %s",
		"Google documents no aliases for a repository's credentials": "" +
			"Google のドキュメントには、リポジトリの認証情報にエイリアスを使えるという記載がありません",
		"Google gives the same answer for a project that doesn't exist, so check the name %q": "" +
			"存在しないプロジェクトでも Google の応答は同じです。プロジェクト名 %q を確認してください",
		"Grant access to the service agent":     "サービス エージェントにアクセス権を付与してください",
		"Grant access without a condition":      "条件なしでアクセス権を付与してください",
		"Interrupted; nothing has been changed": "中断しました。何も変更していません",
		"It can't be valid as it is":            "現在の形式では有効な認証情報になりません",
		"It checks every link from a request to the upstream, and changes nothing unless you ask for it.": "" +
			"リクエストからアップストリームまでのすべての箇所を確認します。指示がない限り何も変更しません。",
		"It has just done so for a pull": "今回の pull で読み取りました",
		"It must be projects/PROJECT/secrets/SECRET/versions/NUMBER": "" +
			"projects/PROJECT/secrets/SECRET/versions/NUMBER の形式で指定する必要があります",
		"It needs another check first: %s": "先に確認が必要です: %s",
		"It was deleted, it expired, or it was never created": "" +
			"削除されたか、期限切れになったか、まだ作成されていません",
		"It's a remote repository (%s) of %s": "%[2]s のリモート リポジトリ（%[1]s）です",
		"Its role %s has a condition that ends then, and every pull fails from then on": "" +
			"ロール %s の条件がそのときに終わり、それ以降 pull はすべて失敗します",
		"Its service agent, the account that it uses to read your secret, needs %s: %s": "" +
			"シークレットの読み取りに使うアカウントであるサービス エージェントに %s が必要です: %s",
		"Its token is gone for good": "このバージョンのトークンは復元できません",
		"Its type restricts what a version may hold": "" +
			"シークレットのタイプにより、バージョンの内容が制限されます",
		"Keep the secret":                        "シークレットの有効期限を解除してください",
		"List the repositories to find its name": "リポジトリの一覧で名前を確認してください",
		"Managed by":                             "管理ツール",
		"Neither the secret nor its project gives it access, so a folder or the organization does": "" +
			"シークレットにもプロジェクトにも付与がないため、フォルダまたは組織で付与されています",
		"Neither you nor Artifact Registry can read the secret there": "" +
			"あなたも Artifact Registry も、そこにあるシークレットを読み取れません",
		"No perimeter blocks the upstream":              "アップストリームをブロックする境界はありません",
		"No pull was tried":                             "pull を試していません",
		"Nobody can say whether the APIs are on":        "API が有効かどうかを確認できません",
		"Not checked yet":                               "まだ確認していません",
		"Not needed: the repository has no credentials": "リポジトリに認証情報がないため不要です",
		"Nothing shows whether Artifact Registry's service agent exists": "" +
			"Artifact Registry のサービス エージェントが存在するかどうかを確認できません",
		"Nothing to do; nothing has been changed": "必要な操作はありません。何も変更していません",
		"Nothing you can see lets Artifact Registry read the secret %q": "" +
			"確認できる範囲では、Artifact Registry にシークレット %q を読み取る権限がありません",
		"Only an enabled version can be read": "読み取れるのは有効なバージョンだけです",
		"Partly done; some steps are left":    "一部だけ完了しました。未完了のステップがあります",
		"Perimeter":                           "境界",
		"Planned; nothing has been changed":   "変更内容を作成しました。何も変更していません",
		"Project":                             "プロジェクト",
		"Public upstreams allow that, often with low limits": "" +
			"公開アップストリームでは可能ですが、多くの場合、上限が低く設定されています",
		"Pull":                   "pull",
		"Pulls fail":             "pull が失敗します",
		"Receipt: %s":            "実行記録: %s",
		"Reference":              "参照先",
		"Remove the credentials": "認証情報を削除してください",
		"Repository":             "リポジトリ",
		"Restore the project, or use another secret": "" +
			"プロジェクトを復元するか、別のシークレットを使用してください",
		"Secret":                      "シークレット",
		"Secret %q has no version %s": "シークレット %q にバージョン %s はありません",
		"Secret version":              "シークレット バージョン",
		"Service agent":               "サービス エージェント",
		"Set up credentials":          "認証情報を設定してください",
		"Somebody else changed the stored token meanwhile": "" +
			"保存済みのトークンが、その間に別のユーザーによって変更されました",
		"Store only the token, as a new version":           "トークンの部分だけを新しいバージョンとして保存してください",
		"Store the token again":                            "トークンを保存し直してください",
		"The credential couldn't be tried on the upstream": "認証情報をアップストリームで検証できませんでした",
		"The credential wasn't tried on the upstream":      "認証情報をアップストリームで検証していません",
		"The number is wrong, or the secret was created again": "" +
			"番号が誤っているか、シークレットが作成し直されています",
		"The project of the repository.":            "リポジトリのプロジェクトです。",
		"The remote repository whose pulls fail.":   "pull が失敗するリモート リポジトリです。",
		"The repository follows %q, now version %s": "リポジトリは %q を参照しています（現在はバージョン %s）",
		"The repository has credentials, but %s takes none": "" +
			"リポジトリに認証情報がありますが、%s では使用できません",
		"The repository has no credentials, and %s takes none": "リポジトリに認証情報はなく、%s では不要です",
		"The repository has no credentials, so it pulls anonymously": "" +
			"リポジトリに認証情報がないため、匿名で pull します",
		"The repository has the user name %q but no token": "" +
			"リポジトリにユーザー名 %q はありますが、トークンがありません",
		"The repository keeps to the version number that it was given": "" +
			"リポジトリは指定されたバージョン番号を使い続けます",
		"The repository refers to a regional secret: %q": "" +
			"リポジトリがリージョン シークレットを参照しています: %q",
		"The run was undone":                         "実行を元に戻しました",
		"The secret %q doesn't exist in %q":          "プロジェクト %[2]q にシークレット %[1]q はありません",
		"The secret %q exists":                       "シークレット %q は存在します",
		"The secret %q expired on %s":                "シークレット %q は %s に期限切れになりました",
		"The secret %q has no enabled version":       "シークレット %q に有効なバージョンがありません",
		"The secret %q has the type %s":              "シークレット %q のタイプは %s です",
		"The secret %q will be deleted in %s, on %s": "シークレット %q は %s後（%s）に削除されます",
		"The secret is in another project, %q":       "シークレットは別のプロジェクト %q にあります",
		"The secret's project %q doesn't exist or is out of reach": "" +
			"シークレットのプロジェクト %q は存在しないか、アクセスできません",
		"The secret's project %q is about to be deleted": "" +
			"シークレットのプロジェクト %q はまもなく削除されます",
		"The stored token has no stray spaces or line breaks": "" +
			"保存済みのトークンに余分な空白や改行はありません",
		"The token wasn't read": "トークンを読み取っていません",
		"The upstream rejected the user name or the token when Artifact Registry pulled": "" +
			"Artifact Registry の pull 時に、アップストリームがユーザー名またはトークンを拒否しました",
		"The upstream rejected the user name or the token; nothing has been changed": "" +
			"アップストリームがユーザー名またはトークンを拒否しました。何も変更していません",
		"The upstream rejected the user name or the token; what was done until then is listed below": "" +
			"アップストリームがユーザー名またはトークンを拒否しました。それまでに行った変更は以下のとおりです",
		"The upstream wants credentials, and the repository has none": "" +
			"アップストリームには認証情報が必要ですが、リポジトリに設定されていません",
		"The user name is %q":        "ユーザー名は %q です",
		"This fix needs a new token": "修復には新しいトークンが必要です",
		"This is Google's default, and matters only if the project is in a perimeter": "" +
			"これは Google のデフォルトで、プロジェクトが境界内にある場合にのみ影響します",
		"This may be temporary: check again later, and put what a support ticket needs into a file": "一時的な問題の可能性があります。後でもう一度確認し、サポートに必要な情報をファイルに保存してくだ" +
			"さい",
		"To undo this run:": "この実行を元に戻すには:",
		"To use it now:":    "使用するには:",
		"Tried with the token alone, without what else is stored with it": "" +
			"一緒に保存されている余分な部分を除き、トークンだけで検証しました",
		"Turn on %d APIs": "%d 個の API を有効にしてください",
		"Upstream":        "アップストリーム",
		"Upstreams are allowed, inside a perimeter too": "境界内でもアップストリームが許可されています",
		"Use version %s, which is enabled":              "有効なバージョン %s を使用してください",
		"User name":                                     "ユーザー名",
		"VPC Service Controls block the repository's upstream": "" +
			"VPC Service Controls がリポジトリのアップストリームをブロックしています",
		"Version":               "バージョン",
		"Version %s is enabled": "バージョン %s は有効です",
		"Version %s is enabled, but version %s is newer": "" +
			"バージョン %s は有効ですが、バージョン %s のほうが新しいです",
		"Version %s of the secret %q is destroyed": "シークレット %[2]q のバージョン %[1]s は破棄されています",
		"Version %s of the secret %q is disabled":  "シークレット %[2]q のバージョン %[1]s は無効です",
		"What you can see is checked all the same": "確認できる範囲で診断します",
		"While an API is off, Google refuses every call to it": "" +
			"API が無効な間、Google はその API の呼び出しをすべて拒否します",
		"You asked to leave it alone":                       "指定により省略しました",
		"You asked to leave it out":                         "指定により省略しました",
		"You can't pull from the repository":                "リポジトリから pull できません",
		"You can't read the token in the secret %q":         "シークレット %q のトークンを読み取れません",
		"You can't see the perimeter setting":               "境界の設定を確認できません",
		"You can't see the project %q, or it doesn't exist": "プロジェクト %q を確認できないか、存在しません",
		"You can't see the project's number, which is part of the service agent's address": "" +
			"サービス エージェントのアドレスに含まれるプロジェクト番号を確認できません",
		"You can't see the repository":              "リポジトリを確認できません",
		"You can't see the secret %q":               "シークレット %q を確認できません",
		"You can't see the secret's project %q":     "シークレットのプロジェクト %q を確認できません",
		"You can't see version %s of the secret %q": "シークレット %[2]q のバージョン %[1]s を確認できません",
		"You can't see who may read the secret %q":  "シークレット %q へのアクセス権を確認できません",
		"You need the permission %s on %s":          "%[2]s に対する権限 %[1]s が必要です",
		"a folder or organization above %q may grant it; only a pull shows that": "" +
			"%q の上位のフォルダまたは組織で付与されている可能性があります。pull するとわかります",
		"already":                      "設定済み",
		"check every link again":       "すべての箇所をもう一度確認する",
		"done":                         "完了",
		"failed":                       "失敗",
		"fix: %s":                      "対処: %s",
		"granted on the secret itself": "シークレット自体に付与されています",
		"hint: %s":                     "ヒント: %s",
		"inherited from the project":   "プロジェクトから継承されています",
		"its role %s isn't enough":     "ロール %s では不十分です",
		"less than a day old":          "作成から 1 日未満",
		"let Artifact Registry read the secret %q; it sends the token in it to %s": "" +
			"Artifact Registry にシークレット %q の読み取りを許可する（トークンは %s に送信されます）",
		"no fault found":                 "問題は見つかりませんでした",
		"no fault found, %d not checked": "問題は見つかりませんでした（未確認: %d 件）",
		"not checked":                    "未確認",
		"note":                           "情報",
		"ok":                             "正常",
		"others have access: %s":         "ほかにアクセス権を持つメンバー: %s",
		"planned":                        "予定",
		"problem":                        "問題",
		"running":                        "実行中",
		"skipped":                        "省略",
		"the upstream rejects it":        "アップストリームが拒否しています",
		"to see what it inherits, you need the permission resourcemanager.projects.getIamPolicy on %q": "" +
			"継承されるアクセス権の確認には、%q に対する権限 resourcemanager.projects.getIamPolicy が必要です",
		"warning": "警告",
		"why: %s": "原因: %s",
	}
}
