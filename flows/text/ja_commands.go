package text

// japaneseCommands are the messages of ui/cli, ui/headless and main.
func japaneseCommands() map[string]string {
	return map[string]string{
		"# Asks for everything that isn't given\nupstreamauth setup --project my-project\n\n# Asks " +
			"nothing; the token comes from standard input\npass docker-token | upstreamauth setup --project " +
			"my-project --location us-central1 \\\n    --repository dockerhub --secret dockerhub-token " +
			"--username jane --token-file - --yes\n\n# What would change?\nupstreamauth setup … --token-file " +
			"token.txt --dry-run --output json": "# 指定されていないことはすべて質問する\nupstreamauth setup --project my-project\n\n# 何も質問し" +
			"ない(トークンは標準入力から)\npass docker-token | upstreamauth setup --project my-project " +
			"--location us-central1 \\\n    --repository dockerhub --secret dockerhub-token --username jane " +
			"--token-file - --yes\n\n# 何が変更されるかを確認する\nupstreamauth setup … --token-file " +
			"token.txt --dry-run --output json",
		"%d lines were read %s; nothing has changed":      "%d 行を読み取りました(%s)。何も変更されていません",
		"%d of %s, %s, %d broken":                         "%[2]s中 %[1]d 個完了、%[3]s、問題あり %[4]d 個",
		"%d projects":                                     "プロジェクト %d 個",
		"%d repositories":                                 "リポジトリ %d 個",
		"%s (default: %s)":                                "%s(デフォルト: %s)",
		"%s --help explains every flag":                   "すべてのフラグの説明: %s --help",
		"%s --help lists all flags":                       "すべてのフラグの一覧: %s --help",
		"%s COMMAND --help explains a command.":           "各コマンドの説明: %s COMMAND --help",
		"%s can't be read":                                "%s を読み取れません",
		"%s can't be written":                             "%s に書き込めません",
		"%s couldn't be written to standard output":       "%sを標準出力に書き込めませんでした",
		"%s has a value that --%s doesn't take":           "%s の値は --%s に指定できないものです",
		"%s holds more than 64 KiB":                       "%s は 64 KiB を超えています",
		"%s holds more than one line":                     "%s は複数行です",
		"%s holds no token: it is empty":                  "%s にトークンがありません。空です",
		"%s is empty":                                     "%s が空です",
		"%s is not a flag":                                "%s はフラグではありません",
		"%s names %q twice":                               "%s に %q が 2 回指定されています",
		"%s takes en or ja, not %s":                       "%s に指定できるのは en か ja です(指定値: %s)",
		"%s takes no arguments; %d were given":            "%s に引数はありません(%d 個指定されました)",
		"%s takes one argument; %d were given":            "%s の引数は 1 つです(%d 個指定されました)",
		"%s, on the emulator %s":                          "%s(エミュレータ %s)",
		"%s, on the emulator %s, undone":                  "%s(エミュレータ %s、元に戻し済み)",
		"%s, undone":                                      "%s(元に戻し済み)",
		"%s, with changes that are in no commit":          "%s(未コミットの変更あり)",
		"%s: %s":                                          "%s: %s",
		"%s: %s is not a domain":                          "%s: %s はドメインではありません",
		"%s: %s is not a host":                            "%s: %s はホストではありません",
		"%s: %s is not a host and a port":                 "%s: %s はホストとポートの形式ではありません",
		"%s: %s is not a location":                        "%s: %s はロケーションではありません",
		"%s: %s is not a project ID or number":            "%s: %s はプロジェクト ID でもプロジェクト番号でもありません",
		"%s: %s is not a service account's email address": "%s: %s はサービス アカウントのメールアドレスではありません",
		"%s: %s is not the full name of a key":            "%s: %s は鍵の完全な名前ではありません",
		"%s: %s is not the name of an artifact":           "%s: %s はアーティファクトの名前ではありません",
		"%s: the emulator %q isn't on this machine":       "%s: エミュレータ %q はこのマシンにありません",
		"%s: user name %s, token %s":                      "%s: ユーザー名 %s、トークン %s",
		"(the demo's token, %d characters)":               "(デモ用トークン、%d 文字)",
		"--%s alone means yes":                            "--%s だけで有効になります",
		"--%s doesn't take the value %s":                  "--%s に値 %s は指定できません",
		"--%s isn't needed and was ignored":               "--%s は不要なため無視されました",
		"--%s needs a value":                              "--%s には値が必要です",
		"--%s: %s is not a duration":                      "--%s: %s は時間の長さではありません",
		"--%s: %s is not a list":                          "--%s: %s はリストではありません",
		"--%s: %s is not a number that it takes":          "--%s: %s は指定できる数値ではありません",
		"--%s: %s is not true or false":                   "--%s: %s は true でも false でもありません",
		"--allow-host takes a host name":                  "--allow-host にはホスト名を指定してください",
		"--allow-remote allows it: anybody who reaches the emulator can read and change everything in it": "--allow-remote で許可できます。エミュレータに到達できる誰もが、すべてを読み取り、変更できます",
		"--allow-remote-emulator calls that emulator in clear text: tokens can be read on the way": "--allow-remote-emulator を指定すると、そのエミュレータを平文で呼び出します。トークンが途中で読み" +
			"取られるおそれがあります",
		"--bundle %s can't be written":                                                   "--bundle %s に書き込めません",
		"--ca-file %s can't be read":                                                     "--ca-file %s を読み取れません",
		"--ca-file %s holds no certificate":                                              "--ca-file %s に証明書がありません",
		"--caller needs --print-env":                                                     "--caller には --print-env が必要です",
		"--caller: %s is not an email address":                                           "--caller: %s はメールアドレスではありません",
		"--dir takes no command: it writes all manual pages":                             "--dir にコマンドは指定できません。すべてのマニュアル ページを書き込みます",
		"--fault %s can't be used":                                                       "--fault %s は使用できません",
		"--fix can't fix any of this, and nothing has changed: the hints say what to do": "--fix ではどれも修復できません。何も変更されていません。対処方法はヒントを参照してください",
		"--impersonate-service-account EMAIL names the one to act as":                    "--impersonate-service-account EMAIL で、使用するサービス アカウントを指定できます",
		"--keep-old and --disable-old contradict each other":                             "--keep-old と --disable-old は矛盾しています",
		"--latency can't be negative":                                                    "--latency を負の値にはできません",
		"--list takes no receipt: it lists all of them":                                  "--list に実行記録は指定できません。すべてを一覧表示します",
		"--listen %s is not a host and a port":                                           "--listen %s はホストとポートの形式ではありません",
		"--listen 127.0.0.1:0 takes a free port":                                         "--listen 127.0.0.1:0 で空きポートを使います",
		"--log-file %s can't be written":                                                 "--log-file %s に書き込めません",
		"--log-file %s is incomplete: %s":                                                "--log-file %s は不完全です: %s",
		"--output takes text or json, not %s":                                            "--output に指定できるのは text か json です(指定値: %s)",
		"--output takes text, json or csv, not %s":                                       "--output に指定できるのは text、json、csv です(指定値: %s)",
		"--projects and --repositories need --scenario fleet":                            "--projects と --repositories には --scenario fleet が必要です",
		"--repository takes LOCATION/NAME, or NAME with --location LOCATION":             "--repository には LOCATION/NAME、または --location LOCATION とともに NAME を指定します",
		"--scenario and --seed-file can't go together":                                   "--scenario と --seed-file は併用できません",
		"--seed-file %s can't be read":                                                   "--seed-file %s を読み取れません",
		"--seed-file %s can't be used":                                                   "--seed-file %s は使用できません",
		"--timeout can't be negative":                                                    "--timeout を負の値にはできません",
		"--token-file %s can't be read":                                                  "--token-file %s を読み取れません",
		"--token-file %s is a directory":                                                 "--token-file %s はディレクトリです",
		"--token-file - can't go with answers from a pipe":                               "--token-file - は、パイプからの回答と併用できません",
		"--token-file - would show the token while you type it":                          "--token-file - では、入力中のトークンが画面に表示されます",
		"A flag on the command line wins over its variable, and an empty variable counts as unset. Flags " +
			"that approve changes, pass a token or skip a safety check have no variable. What no flag and no " +
			"variable gives is taken from gcloud's active configuration.": "コマンドラインのフラグは、対応する環境変数より優先されます。空の環境変数は未設定とみなします。変" +
			"更の承認、トークンの受け渡し、安全確認の省略を行うフラグには、環境変数がありません。フラグにも環" +
			"境変数にもないものは、gcloud の有効な構成から読み取ります。",
		"API calls are charged to the project %q": "API 呼び出しはプロジェクト %q に課金されます",
		"Answers": "回答",
		"Check all remote repositories of one project, of several, or of all that you can see, with " +
			"doctor's checks except the pull. Each stored token is read and tried on its upstream once; " +
			"--skip-trial leaves that out. Nothing changes. Secret Manager's read quota is respected. Exit " +
			"code 5 means that something is broken.": "1 つ、複数、または閲覧できるすべてのプロジェクトのリモート リポジトリを、pull を除く doctor のチ" +
			"ェックで確認します。保存されたトークンはそれぞれ 1 回だけ読み取られ、アップストリームで試されま" +
			"す(--skip-trial で省略できます)。何も変更されません。Secret Manager の読み取り割り当てを守ります" +
			"。終了コード 5 は、問題が見つかったことを示します。",
		"Check every link between a request and its upstream: the APIs, the repository, its credentials, " +
			"the secret and its version, the service agent and its access, the token, the upstream, the " +
			"perimeter, and a real pull. The result names what is broken, why, and the command that fixes " +
			"it. Nothing changes without --fix.": "リクエストからアップストリームまでのすべてのつながりを確認します: API、リポジトリ、認証情報、シ" +
			"ークレットとそのバージョン、サービス エージェントとそのアクセス権、トークン、アップストリーム、" +
			"境界、そして実際の pull。結果には、問題の箇所、原因、修復するコマンドが示されます。--fix を指定" +
			"しない限り、何も変更されません。",
		"Check every remote repository in a project": "プロジェクトのすべてのリモート リポジトリを確認する",
		"Checks":      "確認",
		"Credentials": "認証情報",
		"DESCRIPTION": "説明",
		"Diagnose why pulls fail, and fix it with --fix": "pull が失敗する原因を診断し、--fix で修復する",
		"Every command ends with one of these exit codes. With --output json, every code but 2 and 130 " +
			"comes with a JSON object on standard output.": "各コマンドは次のいずれかの終了コードで終わります。--output json では、2 と 130 以外の場合に " +
			"JSON オブジェクトが標準出力に出力されます。",
		"Examples":                     "例",
		"Explain a command or a topic": "コマンドまたはトピックを説明する",
		"Flags: %s":                    "フラグ: %s",
		"Google":                       "Google",
		"Google is called as the service account %q": "サービス アカウント %q として Google を呼び出します",
		"Google's APIs are called at %q":             "Google の API を %q で呼び出します",
		"HOME isn't set: the receipt of this run goes to the temporary folder %s, where a later undo " +
			"doesn't look for it": "HOME が設定されていません。この実行の実行記録は一時フォルダ %s に保存され、後の undo では見つか" +
			"りません",
		"HTTPS_PROXY names an HTTP proxy": "HTTPS_PROXY で HTTP プロキシを指定できます",
		"How it runs":                     "実行方法",
		"More":                            "その他",
		"NAME":                            "名前",
		"Output":                          "出力",
		"PEM `FILE` of certificate authorities to trust in addition to the system's, for Google and for " +
			"upstreams": "システムの認証局に加えて信頼する認証局の PEM ファイル `FILE`(Google とアップストリームの両方に使" +
			"用)",
		"Past runs": "過去の実行",
		"Print a completion script for bash, zsh, fish or PowerShell": "bash、zsh、fish、PowerShell の補完スクリプトを出力する",
		"Print a manual page, or write all of them to a folder":       "マニュアル ページを出力するか、すべてをフォルダに書き込む",
		"Print a script that completes commands, flags and their values in a shell: bash, zsh, fish or " +
			"powershell.": "シェル(bash、zsh、fish、powershell)でコマンド、フラグ、その値を補完するスクリプトを出力します。",
		"Print the manual page of the program or of one command, in the format of man(7), or write all " +
			"of them to a folder.": "プログラムまたは 1 つのコマンドのマニュアル ページを man(7) 形式で出力するか、すべてをフォルダに" +
			"書き込みます。",
		"Print the version, its commit and the platform": "バージョン、コミット、プラットフォームを表示する",
		"Remove a repository's credentials":              "リポジトリの認証情報を削除する",
		"Remove the credentials from a repository. The service agent's access to the secret is revoked, " +
			"and the secret version disabled, only if no other repository in the project uses them. Nothing " +
			"is destroyed.": "リポジトリから認証情報を削除します。サービス エージェントのシークレットへのアクセス権の取り消し" +
			"と、シークレット バージョンの無効化は、プロジェクト内のほかのリポジトリが使っていない場合にだけ" +
			"行われます。何も破棄されません。",
		"Rotate a repository's token": "リポジトリのトークンをローテーションする",
		"SYNOPSIS":                    "書式",
		"Secret Manager keeps at most that much in one version": "Secret Manager の 1 バージョンに保存できるのはそこまでです",
		"Serve a stand-in for Artifact Registry, Secret Manager, Resource Manager and Service Usage, in " +
			"memory, over gRPC and REST on one port, with embedded upstreams to pull from. Once it serves, " +
			"it prints one line, \"listening on HOST:PORT\". It ends on SIGINT or SIGTERM.": "Artifact Registry、Secret Manager、Resource Manager、Service Usage の代役をメモリ上で提供します" +
			"。1 つのポートで gRPC と REST に応答し、pull できるアップストリームも内蔵しています。準備ができ" +
			"ると「listening on HOST:PORT」という 1 行を出力します。SIGINT または SIGTERM で終了します。",
		"Serve the embedded emulator of Google's APIs on loopback":                        "Google の API の内蔵エミュレータをループバックで提供する",
		"Set up a repository's upstream credentials":                                      "リポジトリのアップストリーム認証情報を設定する",
		"Set up and maintain":                                                             "設定と管理",
		"Set up credentials for the upstreams of Artifact Registry's remote repositories": "Artifact Registry のリモート リポジトリにアップストリームの認証情報を設定する",
		"Start an emulator of Google's APIs inside this process, with projects, repositories and " +
			"upstreams in it, and open the wizard on it. It shows the credentials to enter. Without a " +
			"terminal it plays a whole setup by itself, step by step, as text.": "Google の API のエミュレータを、プロジェクト、リポジトリ、アップストリーム付きでこのプロセス内に" +
			"起動し、その上でウィザードを開きます。入力する認証情報は表示されます。ターミナルがない場合は、設" +
			"定全体を 1 ステップずつテキストで自動実演します。",
		"Store an upstream's token in Secret Manager, grant Artifact Registry access to it, and update a " +
			"remote repository to use it. Running it again changes nothing that is right already. It asks " +
			"for whatever no flag answers; without a terminal, or with --output json, it asks nothing, and a " +
			"missing flag is an error.": "アップストリームのトークンを Secret Manager に保存し、Artifact Registry にアクセス権を付与して、" +
			"それを使うようにリモート リポジトリを更新します。再実行しても、すでに正しいものは変更されません" +
			"。フラグで指定されていないことは質問されます。ターミナルがない場合や --output json の場合は質問" +
			"せず、フラグの不足はエラーになります。",
		"The address":                             "アドレス",
		"The audit":                               "監査結果",
		"The completion script":                   "補完スクリプト",
		"The emulator":                            "エミュレータ",
		"The emulator can't listen on %s":         "エミュレータは %s で待ち受けできません",
		"The environment variables that are read": "読み取られる環境変数",
		"The list":                                "一覧",
		"The manual page":                         "マニュアル ページ",
		"The object that --output json prints":    "--output json が出力するオブジェクト",
		"The report couldn't be written to standard output": "結果を標準出力に書き込めませんでした",
		"The roles and permissions that each command needs": "各コマンドに必要なロールと権限",
		"The roles below are enough; a custom role with the permissions is, too. Setup checks them " +
			"before it changes anything. roles/editor isn't enough: it can't change a secret's policy. " +
			"Artifact Registry's service agent (the account that Artifact Registry uses to read your secret) " +
			"gets roles/secretmanager.secretAccessor on that one secret and nothing else.": "次のロール、またはその権限を含むカスタムロールがあれば十分です。設定では、何かを変更する前に権限" +
			"を確認します。roles/editor ではシークレットのポリシーを変更できないため不十分です。Artifact " +
			"Registry のサービス エージェント(Artifact Registry がシークレットの読み取りに使うアカウント)には" +
			"、そのシークレットに対する roles/secretmanager.secretAccessor だけが付与されます。",
		"The run took longer than --timeout allows":    "実行時間が --timeout を超えました",
		"The support bundle couldn't be written to %s": "サポート用の情報を %s に書き込めませんでした",
		"The version": "バージョン",
		"This is a demo: an emulator stands in for Google and for the upstreams. Use these credentials:": "これはデモです。エミュレータが Google とアップストリームの代わりをします。次の認証情報を使ってく" +
			"ださい:",
		"Topics": "トピック",
		"Try a new token on the upstream, store it as a new secret version, switch the repository to it " +
			"and verify it by a pull. Only then is the old version disabled. If the pull fails, the " +
			"repository is switched back. Pulls keep working the whole time.": "新しいトークンをアップストリームで試し、新しいシークレット バージョンとして保存し、リポジトリを" +
			"切り替えて、pull で検証します。古いバージョンが無効になるのはその後です。pull が失敗した場合、リ" +
			"ポジトリは元のバージョンに戻ります。pull はその間も常に機能します。",
		"Try the wizard on an embedded emulator, without an account or a network": "アカウントもネットワークもなしで、内蔵エミュレータでウィザードを試す",
		"Undo exactly what a run changed, newest change first, wherever the present state is still what " +
			"the run left. Whatever is left as it is gets named, with the reason.": "実行で変更されたものだけを、現在の状態がその実行直後のままである場合に、新しい変更から順に元に戻" +
			"します。元に戻さないものは、理由とともに示されます。",
		"Undo the last run, or the one in a receipt": "直前の実行、または実行記録の実行を元に戻す",
		"Usage":                    "使い方",
		"What the exit codes mean": "終了コードの意味",
		"Why: %s.":                 "理由: %s。",
		"With --output json, one object goes to standard output and nothing is asked. Keys, IDs and " +
			"codes never change with the language; the sentences are English unless --lang asks otherwise.": "--output json では、1 つのオブジェクトを標準出力に出力し、質問はしません。キー、ID、コードは言語" +
			"によって変わりません。文は、--lang で指定しない限り英語です。",
		"Without an account":                                                                         "アカウント不要",
		"YAML `FILE` with a scenario of your own":                                                    "独自のシナリオの YAML ファイル `FILE`",
		"`DOMAIN` of Google's APIs (default: googleapis.com)":                                        "Google の API のドメイン `DOMAIN`(デフォルト: googleapis.com)",
		"`DURATION` to add to each request to an API, as in 50ms":                                    "API への各リクエストに加える遅延 `DURATION`(例: 50ms)",
		"`DURATION` until a grant takes effect, as in 5s":                                            "アクセス権の付与が有効になるまでの時間 `DURATION`(例: 5s)",
		"`FORMAT` of the result on standard output: text or json; json asks nothing":                 "標準出力に出す結果の形式 `FORMAT`: text または json(json では質問しません)",
		"`FORMAT` of the result on standard output: text, json or csv":                               "標準出力に出す結果の形式 `FORMAT`: text、json、csv",
		"`HOST:PORT` to serve on; port 0 is a free one":                                              "待ち受ける `HOST:PORT`(ポート 0 は空きポート)",
		"`HOST` of a token server, other than the upstream itself, that may receive the credentials": "アップストリーム自体以外に、認証情報の送信を許可するトークン サーバーのホスト `HOST`",
		"`LANGUAGE` to speak: en or ja (default: that of the environment)":                           "表示言語 `LANGUAGE`: en または ja(デフォルト: 環境の言語)",
		"`LOCATIONS` of a new secret, separated by commas (default: Google chooses)":                 "新しいシークレットのロケーション `LOCATIONS`、カンマ区切り(デフォルト: Google が選択)",
		"`LOCATION` of the repository, as in us-central1":                                            "リポジトリのロケーション `LOCATION`(例: us-central1)",
		"`NAME` of the scenario to start with: onboarding, broken, fleet or empty (default: empty)":  "開始時のシナリオ名 `NAME`: onboarding、broken、fleet、empty(デフォルト: empty)",
		"`NUMBER` of an existing version to use; no token is needed then":                            "使用する既存のバージョンの番号 `NUMBER`(トークンは不要になります)",
		"`NUMBER` of projects in the scenario fleet":                                                 "シナリオ fleet のプロジェクト数 `NUMBER`",
		"`NUMBER` of repositories in the scenario fleet":                                             "シナリオ fleet のリポジトリ数 `NUMBER`",
		"`NUMBER` that all choices of the scenario fleet follow from":                                "シナリオ fleet の内容を決める乱数シード `NUMBER`",
		"`PATH` of a file with the upstream's token, or - for standard input":                        "アップストリームのトークンのファイル `PATH`、または標準入力の場合は -",
		"`PROJECTS` to check, separated by commas (default: all that you can see)":                   "確認するプロジェクト `PROJECTS`、カンマ区切り(デフォルト: 閲覧できるすべて)",
		"`PROJECT` of the repository, by ID or number":                                               "リポジトリのプロジェクト `PROJECT`(ID または番号)",
		"`PROJECT` of the secret, if it isn't the repository's":                                      "シークレットのプロジェクト `PROJECT`(リポジトリのプロジェクトと異なる場合)",
		"`PROJECT` that API calls are charged to":                                                    "API 呼び出しの課金先プロジェクト `PROJECT`",
		"`SECRET` that keeps the token, by name or full name; it is created if it doesn't exist":     "トークンを保存するシークレット `SECRET`(名前または完全な名前)。存在しない場合は作成される",
		"a credentials file to sign in to Google with":                                               "Google へのログインに使う認証情報ファイル",
		"a fleet has at most %d projects and as many repositories":                                   "fleet のプロジェクトは最大 %d 個、リポジトリも同数までです",
		"a number of projects or repositories, a latency or a delay can't be negative":               "プロジェクト数、リポジトリ数、レイテンシ、遅延を負の値にはできません",
		"a secret of its own, so that nothing else can read this token":                              "専用のシークレットなら、ほかからこのトークンを読み取れません",
		"a token has no flag of its own, because others can read a command line":                     "コマンドラインは他人に読まれるおそれがあるため、トークン用のフラグはありません",
		"a token is a single line, and nothing may follow it":                                        "トークンは 1 行だけで、後に何も続けられません",
		"a token is never shown; this one is public and opens nothing else":                          "トークンは決して表示されません。このトークンは公開されており、ほかでは使えません",
		"act as the service account with this `EMAIL`":                                               "この `EMAIL` のサービス アカウントとして呼び出す",
		"all connections go through the proxy %q":                                                    "すべての接続はプロキシ %q を経由します",
		"also answer requests to this host `NAME`, besides loopback, --listen and Google's hosts; may be " +
			"repeated": "ループバック、--listen、Google のホストに加えて、このホスト名 `NAME` へのリクエストにも応答する" +
			"(繰り返し指定可)",
		"also print the shell exports that point gcloud at it":                                       "gcloud の接続先をこのエミュレータにするシェルの export も出力する",
		"also switch the project's other repositories that use the same secret":                      "同じシークレットを使うプロジェクト内のほかのリポジトリも切り替える",
		"append a line of JSON for each API call to `FILE`, without its contents":                    "API 呼び出しごとに 1 行の JSON を `FILE` に追記する(内容は記録しない)",
		"apply the plan and accept warnings without asking":                                          "質問せずに変更内容を適用し、警告を受け入れる",
		"ask line by line, as --plain does":                                                          "--plain と同じく 1 行ずつ質問する",
		"ask line by line, for screen readers; also reads answers from a pipe (or set ACCESSIBLE=1)": "スクリーン リーダー向けに 1 行ずつ質問する。パイプからも回答を読み取る(ACCESSIBLE=1 でも可)",
		"audit: %s so far":                      "監査: ここまで %s",
		"audit: one object for each repository": "audit: リポジトリごとに 1 つのオブジェクト",
		"call an emulator on another machine, in clear text: tokens can be read on the way": "別のマシンのエミュレータを平文で呼び出す。トークンが途中で読み取られるおそれがあります",
		"call the emulator at `HOST:PORT` instead of Google":                                "Google の代わりに `HOST:PORT` のエミュレータを呼び出す",
		"check only this `LOCATION`, as in us-central1":                                     "このロケーション `LOCATION` だけを確認する(例: us-central1)",
		"commit: %s": "コミット: %s",
		"complete words without their descriptions": "説明なしで補完する",
		"date: %s": "日時: %s",
		"delete a secret that the run created and nothing else uses; it can't be restored": "その実行で作成され、ほかで使われていないシークレットを削除する(復元できません)",
		"did you mean --%s?":            "--%s のことですか?",
		"did you mean upstreamauth %s?": "upstreamauth %s のことですか?",
		"disable the old version even where Terraform or another tool manages the repository or the " +
			"secret": "Terraform などのツールがリポジトリやシークレットを管理している場合でも古いバージョンを無効にする",
		"docs/EMULATOR.md describes a seed file":                                            "シード ファイルについては docs/EMULATOR.md を参照してください",
		"doctor: the ID of the first broken check, or null; the IDs of those not checked":   "doctor: 最初に問題が見つかったチェックの ID または null / 未確認のチェックの ID",
		"don't try the credentials on the upstream first":                                   "事前にアップストリームで認証情報を試さない",
		"don't verify the result by a pull":                                                 "結果を pull で検証しない",
		"done, planned or healthy; also when there was nothing to do":                       "完了、計画のみ、または正常(何もする必要がなかった場合を含む)",
		"done, planned, failed, partial or refused; for doctor and audit healthy or broken": "done、planned、failed、partial、refused。doctor と audit では healthy、broken",
		"failed, or stopped by anything but the credentials; nothing has changed, or the changes were " +
			"undone": "失敗、または認証情報以外の理由で停止。何も変更されていないか、変更は元に戻されています",
		"for example %s":      "例: %s",
		"for example --%s 42": "例: --%s 42",
		"for example --timeout 5m; leave it out for no limit": "例: --timeout 5m。省略すると無制限になります",
		"from gcloud's configuration: %s":                     "gcloud の構成による: %s",
		"from the environment: %s":                            "環境変数による: %s",
		"full name of the KMS `KEY` that encrypts a new secret: one in global, or one for each of " +
			"--replication-locations": "新しいシークレットを暗号化する KMS 鍵 `KEY` の完全な名前: global に 1 つ、または " +
			"--replication-locations ごとに 1 つ",
		"gcloud acts through a chain of service accounts, which can't be followed here; the calls are " +
			"made as you": "gcloud はサービス アカウントの連鎖を経由しますが、ここでは対応していません。あなた自身として呼び" +
			"出します",
		"gcloud's %s: %s": "gcloud の %s: %s",
		"gcloud's proxy is a SOCKS proxy, which isn't supported here; connections are made without it": "gcloud のプロキシは SOCKS プロキシで、ここでは使用できません。プロキシなしで接続します",
		"give more time with --timeout, and run the same command again: it finishes the rest":          "--timeout を長くして同じコマンドをもう一度実行してください。残りが完了します",
		"give one of them, or none": "どちらか一方だけを指定するか、どちらも指定しないでください",
		"give the answers in the order of the questions, one a line, or as flags":                "回答は質問の順に 1 行に 1 つ、またはフラグで指定してください",
		"give these flags, or run it in a terminal to be asked":                                  "これらのフラグを指定するか、ターミナルで実行して質問に答えてください",
		"interrupted before the first write":                                                     "最初の書き込みの前に中断",
		"it didn't end within %s":                                                                "%s以内に終わりませんでした",
		"it is a directory":                                                                      "ディレクトリです",
		"it is a pipe that nobody reads":                                                         "読み手のいないパイプです",
		"it is larger than 16 MiB":                                                               "16 MiB を超えています",
		"it is not a regular file":                                                               "通常のファイルではありません",
		"it must be in PEM format: -----BEGIN CERTIFICATE-----":                                  "PEM 形式である必要があります: -----BEGIN CERTIFICATE-----",
		"it needs a unit, as in --%[1]s 90s or --%[1]s 5m":                                       "単位が必要です。例: --%[1]s 90s、--%[1]s 5m",
		"it pulls from Docker Hub, which allows an account more pulls than an anonymous caller":  "Docker Hub から pull します。アカウントがあると、匿名より多く pull できます",
		"leave --emulator out to call Google":                                                    "Google を呼び出すには --emulator を省略してください",
		"leave it out to do without it":                                                          "不要な場合は省略してください",
		"leave it out to undo the last run":                                                      "省略すると直前の実行を元に戻します",
		"leave it out, or give it a value: --%s %s":                                              "省略するか、値を指定してください: --%s %s",
		"leave the flag out to enter the token hidden":                                           "フラグを省略すると、トークンを非表示で入力できます",
		"leave the old version enabled":                                                          "古いバージョンを有効のままにする",
		"list the receipts, newest first, and change nothing":                                    "実行記録を新しい順に一覧表示し、何も変更しない",
		"listen on loopback: --listen 127.0.0.1:0":                                               "ループバックで待ち受けてください: --listen 127.0.0.1:0",
		"make requests fail: `[SERVICE.]METHOD=CODE[@before|after][:times]`; may be repeated":    "リクエストを失敗させる: `[SERVICE.]METHOD=CODE[@before|after][:times]`(繰り返し指定可)",
		"make room there, or redirect the output, and run the same command again":                "空き容量を確保するか出力先を変えて、同じコマンドをもう一度実行してください",
		"missing flag: %s":                                                                       "フラグがありません: %s",
		"missing flags: %s":                                                                      "フラグがありません: %s",
		"name a file in a folder that you may write to":                                          "書き込み権限のあるフォルダのファイルを指定してください",
		"name a file of certificates in PEM format":                                              "PEM 形式の証明書のファイルを指定してください",
		"name a file, or give all answers as flags, and --yes":                                   "ファイルを指定するか、すべての回答をフラグで、さらに --yes を指定してください",
		"name a folder that exists and that you may write to":                                    "書き込み権限のある既存のフォルダを指定してください",
		"name each one once":                                                                     "それぞれ 1 回だけ指定してください",
		"name the file that holds the token, or - for standard input":                            "トークンのファイルを指定するか、標準入力の場合は - を指定してください",
		"no colors; no signs beyond ASCII":                                                       "色を使わない / ASCII 以外の記号を使わない",
		"no completion for this shell":                                                           "このシェルの補完はありません",
		"no full screen: list what is broken line by line, as it is found (or set ACCESSIBLE=1)": "全画面を使わず、見つかった問題を 1 行ずつ表示する(ACCESSIBLE=1 でも可)",
		"no receipts in %s":                                                                      "%s に実行記録はありません",
		"nobody can be asked here, and nothing has changed":                                      "ここでは質問できません。何も変更されていません",
		"not signed in to Google":                                                                "Google にログインしていない",
		"nothing has changed so far, and this is the plan that is wanted":                        "まだ何も変更されておらず、変更内容は意図どおりです",
		"other machines may reach --listen %s":                                                   "--listen %s にはほかのマシンから到達できる可能性があります",
		"others on this machine can read the token in %s; to stop that: chmod 600 %s":            "このマシンのほかのユーザーが %s のトークンを読み取れます。防ぐには: chmod 600 %s",
		"partly applied, also when interrupted after the first write; running it again finishes it, once " +
			"the problem that it names is fixed": "一部だけ適用済み(最初の書き込み後の中断を含む)。示された問題を解決してから再実行すると完了します",
		"plan a fix for what is broken, and apply it once you approve it": "問題の修復内容を示し、承認後に適用する",
		"print the version": "バージョンを表示する",
		"pull this `ARTIFACT` to verify the result, as in library/alpine:latest":                 "結果の検証のために pull するアーティファクト `ARTIFACT`(例: library/alpine:latest)",
		"read no token, and try no credentials on their upstreams":                               "トークンを読み取らず、アップストリームで認証情報を試さない",
		"receipts are written to upstreamauth/receipts in this folder (default: ~/.local/state)": "実行記録は、このフォルダの upstreamauth/receipts に書き込まれます(デフォルト: ~/.local/state)",
		"remote `REPOSITORY`: NAME, LOCATION/NAME, or projects/P/locations/L/repositories/NAME": "リモート リポジトリ `REPOSITORY`: NAME、LOCATION/NAME、または " +
			"projects/P/locations/L/repositories/NAME",
		"roles/artifactregistry.admin on the repository's project and roles/secretmanager.admin on the " +
			"secret's project": "リポジトリのプロジェクトに対する roles/artifactregistry.admin と、シークレットのプロジェクトに対" +
			"する roles/secretmanager.admin",
		"roles/artifactregistry.reader, roles/secretmanager.viewer and, to try the stored token, " +
			"roles/secretmanager.secretAccessor": "roles/artifactregistry.reader、roles/secretmanager.viewer。保存されたトークンを試す場合は " +
			"roles/secretmanager.secretAccessor も必要",
		"roles/serviceusage.serviceUsageAdmin only where the Secret Manager API has to be turned on": "roles/serviceusage.serviceUsageAdmin(Secret Manager API を有効にする必要がある場合のみ)",
		"run the same command again: it changes nothing that is right already, and reports again":    "同じコマンドをもう一度実行してください。正しいものは変更されず、結果が再度表示されます",
		"separate its parts by commas, and close every quotation mark":                               "要素をカンマで区切り、引用符を閉じてください",
		"serve on an address that other machines can reach: anybody there can read and change everything " +
			"in the emulator": "ほかのマシンから到達できるアドレスで提供する。そこにいる誰もがエミュレータのすべてを読み取り、変" +
			"更できます",
		"show this help":                      "このヘルプを表示する",
		"standard output has the report":      "標準出力には結果が出力されます",
		"stop after the plan; change nothing": "変更内容の表示で停止し、何も変更しない",
		"stop after this `DURATION`, as in 5m; a write that has begun is finished (default: no limit for " +
			"the run, a deadline for each call)": "この時間 `DURATION` が過ぎたら停止する(例: 5m)。開始した書き込みは完了させる(デフォルト: 実行全" +
			"体は無制限、呼び出しごとに期限あり)",
		"store the token even where everybody, or a whole domain, pool or project, can read the secret": "全員、またはドメイン、プール、プロジェクトの全体がシークレットを読み取れる場合でもトークンを保存" +
			"する",
		"take the token byte for byte, whatever it looks like":                            "形式にかかわらず、トークンをバイト単位でそのまま使用する",
		"the account that Artifact Registry uses to read the secret":                      "Artifact Registry がシークレットの読み取りに使うアカウント",
		"the changes are recorded in the receipt %s":                                      "変更は実行記録 %s に記録されています",
		"the changes: id, says, state (done, already, failed, skipped, planned), command": "変更: id、says、state(done、already、failed、skipped、planned)、command",
		"the commands are %s":                                                                  "使用できるコマンド: %s",
		"the demo's account at the upstream":                                                   "アップストリームのデモ用アカウント",
		"the domain of Google's APIs":                                                          "Google の API のドメイン",
		"the file that undo needs, or null":                                                    "undo に必要なファイル、または null",
		"the first one that can be chosen":                                                     "選択できる最初の項目",
		"the flags can't be parsed: %s":                                                        "フラグを解析できません: %s",
		"the folder of gcloud's configuration":                                                 "gcloud の構成のフォルダ",
		"the full name of the secret version that holds the token":                             "トークンを保存しているシークレット バージョンの完全な名前",
		"the input doesn't answer the question":                                                "入力が質問の回答になっていません",
		"the kind of proxy: http or http_no_tunnel":                                            "プロキシの種類: http または http_no_tunnel",
		"the language, after --lang and UPSTREAMAUTH_LANG":                                     "言語(--lang、UPSTREAMAUTH_LANG の次)",
		"the location of artifacts/repository":                                                 "artifacts/repository のロケーション",
		"the password at the proxy":                                                            "プロキシのパスワード",
		"the project":                                                                          "プロジェクト",
		"the project that API calls are charged to":                                            "API 呼び出しの課金先プロジェクト",
		"the project that API calls are charged to, after --quota-project":                     "API 呼び出しの課金先プロジェクト(--quota-project の次)",
		"the project; then CLOUDSDK_CORE_PROJECT, gcloud's core/project and the quota project": "プロジェクト。次に CLOUDSDK_CORE_PROJECT、gcloud の core/project、割り当てプロジェクトの順",
		"the proposal": "提案された値",
		"the proxy for all connections, and the hosts that need none; wins over gcloud's proxy": "すべての接続に使うプロキシと、プロキシを使わないホスト。gcloud のプロキシより優先されます",
		"the proxy's host":                          "プロキシのホスト",
		"the proxy's port":                          "プロキシのポート",
		"the receipt's name is empty":               "実行記録の名前が空です",
		"the repository":                            "リポジトリ",
		"the repository's full name":                "リポジトリの完全な名前",
		"the repository's project":                  "リポジトリのプロジェクト",
		"the run took longer than --timeout allows": "実行時間が --timeout を超えました",
		"the scenarios are %s":                      "使用できるシナリオ: %s",
		"the service account to act as":             "呼び出しに使うサービス アカウント",
		"the shells are %s":                         "使用できるシェル: %s",
		"the upstream rejected the credentials, or doctor or audit found something broken": "アップストリームが認証情報を拒否した、または doctor か audit が問題を見つけた",
		"the upstream's address":                     "アップストリームのアドレス",
		"the user name at the proxy":                 "プロキシのユーザー名",
		"the user name at the upstream":              "アップストリームでのユーザー名",
		"the version of this format: 1":              "この形式のバージョン: 1",
		"unknown command: %q":                        "不明なコマンド: %q",
		"unknown flag: %s%s":                         "不明なフラグ: %s%s",
		"unknown scenario: %s":                       "不明なシナリオ: %s",
		"unset %s to do without it":                  "不要な場合は %s を未設定にしてください",
		"unset %s, or see %s --help":                 "%s を未設定にするか、%s --help を参照してください",
		"unset UPSTREAMAUTH_EMULATOR to call Google": "Google を呼び出すには UPSTREAMAUTH_EMULATOR を未設定にしてください",
		"upstreamauth emulator --listen 127.0.0.1:8085 --scenario onboarding\nupstreamauth setup " +
			"--emulator 127.0.0.1:8085\n\n# Point gcloud at it\nupstreamauth emulator --listen " +
			"127.0.0.1:8085 --print-env\n\n# Lose the answer to the first new version\nupstreamauth emulator " +
			"--fault 'SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1'": "upstreamauth emulator --listen 127.0.0.1:8085 --scenario onboarding\nupstreamauth setup " +
			"--emulator 127.0.0.1:8085\n\n# gcloud の接続先をエミュレータにする\nupstreamauth emulator " +
			"--listen 127.0.0.1:8085 --print-env\n\n# 最初の新しいバージョンの応答を失わせる\nupstreamauth " +
			"emulator --fault 'SecretManagerService.AddSecretVersion=UNAVAILABLE@after:1'",
		"upstreamauth sets up the user name and token with which a Google Artifact Registry remote " +
			"repository pulls from its upstream: Docker Hub, npmjs, PyPI or any other registry. It stores " +
			"the token in Secret Manager, grants Artifact Registry's service agent access to that one " +
			"secret, updates the repository and verifies the result by a pull. Everything is checked first. " +
			"Nothing changes until you approve a plan.\n\nWithout a command, it asks what you would like to " +
			"do. To try it without an account or a network: upstreamauth demo": "upstreamauth は、Google Artifact Registry のリモート リポジトリがアップストリーム(Docker Hub、" +
			"npmjs、PyPI などのレジストリ)から pull するためのユーザー名とトークンを設定します。トークンを " +
			"Secret Manager に保存し、そのシークレットだけに対するアクセス権を Artifact Registry のサービス " +
			"エージェントに付与し、リポジトリを更新して、結果を pull で検証します。まずすべてを確認します。変" +
			"更内容を承認するまで、何も変更されません。\n\nコマンドを付けずに実行すると、何をするかを質問しま" +
			"す。アカウントもネットワークもなしで試すには: upstreamauth demo",
		"upstreamauth: %s (%s)":                                                                    "upstreamauth: %s(%s)",
		"upstreamauth: interrupted; nothing has changed":                                           "upstreamauth: 中断しました。何も変更されていません",
		"upstreamauth: the emulator %s stands in for Google":                                       "upstreamauth: エミュレータ %s が Google の代わりに応答します",
		"upstreamauth: warning: %s":                                                                "upstreamauth: 警告: %s",
		"use --token-file PATH, or --token-file - for standard input":                              "--token-file PATH、または標準入力の場合は --token-file - を使ってください",
		"what ended the run: code, title, detail, hints[]; or null":                                "実行を終わらせた問題: code、title、detail、hints[]、または null",
		"what ran: setup, rotate, remove, doctor, audit or undo":                                   "実行した内容: setup、rotate、remove、doctor、audit、undo",
		"what was checked: id, code, level (ok, note, warning, block, unknown), says, why, remedy": "確認した内容: id、code、level(ok、note、warning、block、unknown)、says、why、remedy",
		"when the token expires (RFC 3339), or null":                                               "トークンの有効期限(RFC 3339)、または null",
		"which of gcloud's configurations to read":                                                 "読み取る gcloud の構成の名前",
		"with --print-env: write a credentials file of the caller with this `EMAIL`, and export its path": "--print-env とともに: この `EMAIL` の呼び出し元の認証情報ファイルを書き込み、そのパスを export " +
			"する",
		"write a support bundle to `FILE`: all checks and the raw errors as JSON, without a token": "サポート用の情報を `FILE` に書き込む: すべてのチェックと元のエラーの JSON(トークンは含まない)",
		"write all manual pages to the folder `DIR`":                                               "すべてのマニュアル ページをフォルダ `DIR` に書き込む",
		"wrong use: an unknown flag, a wrong value, a missing answer":                              "使い方の誤り: 不明なフラグ、誤った値、回答の不足",
		"your `USER` name at the upstream":                                                         "アップストリームでのユーザー名 `USER`",
	}
}
