package text

// japaneseUpstream are the messages of flows/upstream.
func japaneseUpstream() map[string]string {
	return map[string]string{
		"%d of %d pulls left":                        "残りの pull は %[2]d 回中 %[1]d 回です",
		"%d of %d pulls left in this %d-hour window": "この %[3]d 時間の枠で残りの pull は %[2]d 回中 %[1]d 回です",
		"%s accepted this user name and token":       "%s はこのユーザー名とトークンを受け付けました",
		"%s accepted this user name and token from here, but may not accept them from Artifact Registry": "%s はここからのこのユーザー名とトークンを受け付けましたが、Artifact Registry からは受け付けない可" +
			"能性があります",
		"%s accepts only the user name %q":                 "%s が受け付けるユーザー名は %q だけです",
		"%s can't be reached from here":                    "ここから %s に接続できません",
		"%s doesn't answer like a registry of this format": "%s の応答は、この形式のレジストリのものではありません",
		"%s doesn't let this user name and token pull %q":  "%s では、このユーザー名とトークンで %q を pull できません",
		"%s has no tokens":                                 "%s にトークンはありません",
		"%s has no user names":                             "%s にユーザー名はありません",
		"%s is limiting requests":                          "%s がリクエストを制限しています",
		"%s is limiting requests (429)":                    "%s がリクエストを制限しています（429）",
		"%s is reached over https, but its token server is %s, plain http: the token would cross the " +
			"network unencrypted, so it wasn't sent": "%s には https で接続しますが、トークン サーバー %s は http です。トークンが暗号化されずにネットワ" +
			"ークを流れるため、送信しませんでした",
		"%s knows this user name and token, but doesn't let them read": "%s はこのユーザー名とトークンを認識していますが、読み取りを許可していません",
		"%s rejected this user name and token":                         "%s はこのユーザー名とトークンを拒否しました",
		"%s rejected this user name and token: %s":                     "%s はこのユーザー名とトークンを拒否しました: %s",
		"%s returned a server error (%s)":                              "%s がサーバーエラーを返しました（%s）",
		"%s: the token wasn't sent":                                    "%s。トークンは送信していません",
		"A CI job's token stops working when the job ends":             "CI ジョブのトークンは、ジョブが終了すると使用できなくなります",
		"A Docker personal access token with the permission Public Repo Read-only: " +
			"https://app.docker.com/settings/personal-access-tokens. Images that an organization mirrored are " +
			"on Docker Hub, under its name.": "権限 Public Repo Read-only の Docker 個人用アクセス トークンです: " +
			"https://app.docker.com/settings/personal-access-tokens。組織がミラーリングしたイメージは、Docker " +
			"Hub の組織名の下にあります。",
		"A deploy token (Settings, Repository, Deploy tokens) with read_registry for images or " +
			"read_package_registry for packages; or a personal token with the same scope, or read_api for " +
			"packages.": "デプロイ トークン（[Settings]、[Repository]、[Deploy tokens]）です。イメージには " +
			"read_registry、パッケージには read_package_registry を指定します。同じスコープ、またはパッケージの" +
			"場合は read_api の個人用トークンも使用できます。",
		"A dot: JitPack checks only the user name. Its token is at https://jitpack.io/w/user and can read " +
			"every private repository that it has access to.": "ドット（.）を指定します。JitPack はユーザー名だけを確認します。トークンは " +
			"https://jitpack.io/w/user にあり、アクセスを許可したすべての非公開リポジトリを読み取れます。",
		"A granular access token, read-only, for the packages and scopes to pull: " +
			"https://www.npmjs.com/settings/~/tokens. It always expires. Leave its list of allowed IP " +
			"addresses empty, because Artifact Registry uses Google's addresses.": "pull するパッケージとスコープに対する読み取り専用の granular access token です: " +
			"https://www.npmjs.com/settings/~/tokens。必ず有効期限があります。Artifact Registry は Google のア" +
			"ドレスからアクセスするため、許可する IP アドレスのリストは空のままにしてください。",
		"A long-term access credential: in the TCR console, open Access Control, Access Credential. On a " +
			"personal instance, the password that you set for it. A temporary credential works for an hour.": "長期アクセス認証情報です。TCR のコンソールで [Access Control]、[Access Credential] を開きます。個" +
			"人用インスタンスでは、設定したパスワードです。一時的な認証情報の有効期間は 1 時間です。",
		"A long-term login key, made from the access key and its secret key: " +
			"https://support.huaweicloud.com/intl/en-us/usermanual-swr/swr_01_1000.html. The login command " +
			"that the console shows works for only 6 to 24 hours.": "アクセスキーとシークレット キーから作成する長期ログイン キーです: " +
			"https://support.huaweicloud.com/intl/en-us/usermanual-swr/swr_01_1000.html。コンソールに表示される" +
			"ログイン コマンドの有効期間は 6～24 時間です。",
		"A package token is a UUID in capital letters": "パッケージ トークンは大文字の UUID です",
		"A package token of the account that has the Pro plan: https://fontawesome.com/account/general. It " +
			"works as long as the plan does.": "Pro プランを契約しているアカウントのパッケージ トークンです: " +
			"https://fontawesome.com/account/general。プランの契約期間中は有効です。",
		"A part may be missing, or there may be more than the token": "一部が欠けているか、トークン以外のものが含まれている可能性があります",
		"A person's own sign-in works until the password changes. A shell cuts the name at the | unless it " +
			"is in quotes": "個人のログインは、パスワードが変更されるまで有効です。シェルでは引用符で囲まないと名前が | " +
			"で切れます",
		"A personal access token (classic) with the scope read:packages, created on that GitHub: " +
			"https://SUBDOMAIN.ghe.com/settings/tokens. A token from github.com doesn't work there. If the " +
			"enterprise uses single sign-on, authorize the token for it.": "その GitHub で作成した、スコープが read:packages の個人用アクセス トークン（classic）です: " +
			"https://SUBDOMAIN.ghe.com/settings/tokens。github.com のトークンは使用できません。エンタープライズ" +
			"でシングル サインオンを使用している場合は、トークンを承認してください。",
		"A personal access token (classic) with the scope read:packages: " +
			"https://github.com/settings/tokens/new?scopes=read:packages. If the organization uses single " +
			"sign-on, authorize the token for it.": "スコープが read:packages の個人用アクセス トークン（classic）です: " +
			"https://github.com/settings/tokens/new?scopes=read:packages。組織でシングル サインオンを使用してい" +
			"る場合は、トークンを承認してください。",
		"A personal access token with the scope Packaging (Read): " +
			"https://dev.azure.com/ORGANIZATION/_usersSettings/tokens. It lasts a year at most. Give it as " +
			"Azure DevOps showed it, not in base64 as in .npmrc.": "スコープが Packaging (Read) の個人用アクセス トークンです: " +
			"https://dev.azure.com/ORGANIZATION/_usersSettings/tokens。有効期間は最長 1 年です。.npmrc の " +
			"Base64 ではなく、Azure DevOps に表示されたとおりに指定してください。",
		"A personal access token with the scope registry (read): " +
			"https://cloud.digitalocean.com/account/api/tokens. Or the output of `doctl registry docker-config " +
			"--expiry-seconds N`.": "スコープが registry (read) の個人用アクセス トークンです: " +
			"https://cloud.digitalocean.com/account/api/tokens。または `doctl registry docker-config " +
			"--expiry-seconds N` の出力です。",
		"A personal key with the service NGC Catalog, or a service key of the organization: " +
			"https://org.ngc.nvidia.com/setup/api-keys. You choose its expiration date when you create it.": "サービス NGC Catalog の個人キー、または組織のサービスキーです: " +
			"https://org.ngc.nvidia.com/setup/api-keys。有効期限は作成時に選択します。",
		"A pull token: `chainctl auth configure-docker --pull-token --save=false --ttl=8760h`, or " +
			"`chainctl auth pull-token` for language libraries. It expires after 30 days unless you set --ttl.": "pull トークンです: `chainctl auth configure-docker --pull-token --save=false --ttl=8760h`。言語ラ" +
			"イブラリの場合は `chainctl auth pull-token` です。--ttl を指定しない場合、30 日で期限が切れます。",
		"A refresh token only gets other tokens":                                      "更新トークンは他のトークンの取得にのみ使用できます",
		"A remote repository without credentials can pull everything that is public.": "認証情報のないリモート リポジトリでも、公開されているものはすべて pull できます。",
		"A repository-scoped token with content/read and metadata/read (`az acr token create --scope-map " +
			"_repositories_pull`), or a service principal with the role AcrPull.": "content/read と metadata/read を持つリポジトリ スコープのトークン（`az acr token create " +
			"--scope-map _repositories_pull`）、またはロール AcrPull を持つサービス プリンシパルです。",
		"A robot account, as in ORGANIZATION+ROBOT, or your own user name with an encrypted password.": "ロボット アカウント（例: ORGANIZATION+ROBOT）、または暗号化されたパスワードと組み合わせる自分のユ" +
			"ーザー名です。",
		"A robot account, as in robot$NAME or robot$PROJECT+NAME, or a user. In a shell, put it in single " +
			"quotes, or the $ part gets lost.": "ロボット アカウント（例: robot$NAME、robot$PROJECT+NAME）またはユーザーです。シェルでは単一引用符" +
			"で囲まないと、$ の部分が失われます。",
		"A shell or a YAML file replaces $NAME by the value of a variable":                                "シェルや YAML ファイルでは $NAME が変数の値に置き換えられます",
		"A shell or a YAML file replaces $NAME by the value of a variable, unless it is in single quotes": "シェルや YAML ファイルでは、単一引用符で囲まないと $NAME が変数の値に置き換えられます",
		"A user name can't have a colon: this looks like a user name and token together":                  "ユーザー名にコロンは使用できません。ユーザー名とトークンを続けたもののようです",
		"A user of that Nexus, or the name code of a user token.":                                         "その Nexus のユーザー、またはユーザー トークンの name code です。",
		"A user token (your profile, User Token, Access user token): its name code is the user name, its " +
			"pass code the token. Or a user with nx-repository-view-FORMAT-NAME-read.": "ユーザー トークン（プロファイルの [User Token]、[Access user token]）です。name code " +
			"がユーザー名、pass code がトークンになります。または nx-repository-view-FORMAT-NAME-read " +
			"を持つユーザーです。",
		"After that, pulls fail until you store a new one":                                                "その後は、新しいトークンを保存するまで pull は失敗します",
		"Always $oauthtoken, with the dollar sign. In a shell, put it in single quotes, or it gets lost.": "常に $oauthtoken（ドル記号付き）です。シェルでは単一引用符で囲まないと失われます。",
		"Always AWS, in capital letters.":                                                                 "常に AWS（大文字）です。",
		"Always __token__ for an API token, with two underscores on each side.":                           "API トークンの場合は常に __token__（前後にアンダースコア 2 つずつ）です。",
		"Always aws, in lower case.":                                                                      "常に aws（小文字）です。",
		"Always cp, whoever has the entitlement.":                                                         "エンタイトルメントの所有者にかかわらず、常に cp です。",
		"Always the word token, in lower case.":                                                           "常に token（小文字）です。",
		"Amazon ECR accepts the password that `aws ecr get-login-password` prints, not an access key": "Amazon ECR が受け付けるのは、アクセスキーではなく `aws ecr get-login-password` " +
			"が出力するパスワードです",
		"An API key identifies a project and can't sign anybody in": "API キーはプロジェクトを識別するもので、ログインには使用できません",
		"An API key of a service ID that has the role Reader on Container Registry: " +
			"https://cloud.ibm.com/iam/apikeys, or `ibmcloud iam service-api-key-create`. It works until you " +
			"delete it.": "Container Registry の閲覧者（Reader）ロールを持つサービス ID の API キーです: " +
			"https://cloud.ibm.com/iam/apikeys または `ibmcloud iam service-api-key-create`。削除するまで有効で" +
			"す。",
		"An API token: https://pypi.org/manage/account/token/. It has no read-only scope; limit it to one " +
			"project where you can.": "API トークンです: https://pypi.org/manage/account/token/。読み取り専用のスコープはありません。可能" +
			"であれば 1 つのプロジェクトに限定してください。",
		"An access token with the permission package: read (the scope read:package): Settings, " +
			"Applications, Manage Access Tokens. It works until you delete it.": "権限 package: read（スコープ read:package）のアクセス トークンです: [Settings]、[Applications]、" +
			"[Manage Access Tokens]。削除するまで有効です。",
		"An auth token, not the password: in Oracle's console, open your profile, Auth tokens, Generate " +
			"token. It works until you delete it, and a user can have two. The user needs REPOSITORY_READ on " +
			"the repositories (allow group … to read repos in tenancy).": "パスワードではなく認証トークンです。Oracle のコンソールでプロファイルを開き、[Auth " +
			"tokens]、[Generate token] を選択します。削除するまで有効で、ユーザーごとに 2 つまで作成できます。" +
			"ユーザーにはリポジトリの REPOSITORY_READ が必要です（allow group … to read repos in tenancy）。",
		"An auth token, not the password: sign in at https://container-registry.oracle.com, open the menu " +
			"with your name and choose Auth Token. Accept the license of each repository there, too.": "パスワードではなく認証トークンです。https://container-registry.oracle.com にログインし、名前のメニ" +
			"ューから [Auth Token] を選択します。各リポジトリのライセンスにも同じ場所で同意してください。",
		"An entitlement key: https://myibm.ibm.com/products-services/containerlibrary, Entitlement keys. " +
			"It belongs to the person whose IBMid has the entitlement.": "エンタイトルメント キーです: https://myibm.ibm.com/products-services/containerlibrary の " +
			"[Entitlement keys]。エンタイトルメントを持つ IBMid の所有者に属します。",
		"An entitlement token of the repository (Tokens on its page), which may only read, or the API key " +
			"of a service account: https://cloudsmith.io/user/settings/api/. Use the address that asks for a " +
			"password, as in https://dl.cloudsmith.io/basic/OWNER/REPOSITORY/…": "リポジトリのエンタイトルメント トークン（ページの [Tokens]、読み取り専用）、またはサービス " +
			"アカウントの API キーです: https://cloudsmith.io/user/settings/api/。アドレスにはパスワードを求め" +
			"るもの（例: https://dl.cloudsmith.io/basic/OWNER/REPOSITORY/…）を使用してください。",
		"Any name, such as your organization's. Azure Artifacts checks only the token.": "任意の名前（組織名など）です。Azure Artifacts はトークンだけを確認します。",
		"Artifact Registry can't reach %s: it is a name in a private network":           "%s はプライベート ネットワーク内の名前のため、Artifact Registry から到達できません",
		"Artifact Registry can't reach %s: it is a private address":                     "%s はプライベート アドレスのため、Artifact Registry から到達できません",
		"Artifact Registry can't reach %s: its address here is %s, a private one":       "%s のここでのアドレスは %s（プライベート アドレス）のため、Artifact Registry から到達できません",
		"Artifact Registry can't store it":                                              "Artifact Registry に保存できません",
		"Artifact Registry reads another of its repositories without a password: grant its service agent " +
			"the role Artifact Registry Reader there": "Artifact Registry は、パスワードなしで他のリポジトリを読み取ります。そのリポジトリの Artifact " +
			"Registry 読み取りロールをサービス エージェントに付与してください",
		"Artifact Registry signs in by basic authentication; npm sends only the token.":   "Artifact Registry は Basic 認証でログインします。npm はトークンだけを送信します。",
		"Artifact Registry would look for images in the wrong place":                      "Artifact Registry がイメージを誤った場所で探すことになります",
		"Ask the operator of the index for a token that may read, and nothing else.":      "読み取り権限だけを持つトークンをインデックスの管理者から入手してください。",
		"Ask the operator of the registry for a token that may pull, and nothing else.":   "pull 権限だけを持つトークンをレジストリの管理者から入手してください。",
		"Ask the operator of the registry for a token that may read, and nothing else.":   "読み取り権限だけを持つトークンをレジストリの管理者から入手してください。",
		"Ask the operator of the repository for a token that may read, and nothing else.": "読み取り権限だけを持つトークンをリポジトリの管理者から入手してください。",
		"Ask the operator of the repository for a token that may read. Google doesn't document whether " +
			"Artifact Registry uses it for apt.": "読み取り権限を持つトークンをリポジトリの管理者から入手してください。apt で Artifact Registry がト" +
			"ークンを使用するかどうかは、Google のドキュメントに記載されていません。",
		"Ask the operator of the repository for a token that may read. Google doesn't document whether " +
			"Artifact Registry uses it for yum.": "読み取り権限を持つトークンをリポジトリの管理者から入手してください。yum で Artifact Registry がト" +
			"ークンを使用するかどうかは、Google のドキュメントに記載されていません。",
		"Ask the operator of the upstream for a token that may read, and nothing else.": "読み取り権限だけを持つトークンをアップストリームの管理者から入手してください。",
		"Ask the operator to set the registry's external address to https, or to send X-Forwarded-Proto " +
			"from its proxy": "レジストリの外部アドレスを https に設定するか、プロキシから X-Forwarded-Proto を送信するよう、管理" +
			"者に依頼してください",
		"At %s, the user name is the token itself":       "%s では、ユーザー名がトークンそのものです",
		"Chainguard's pull tokens are JSON web tokens":   "Chainguard の pull トークンは JSON ウェブ トークンです",
		"Check HTTPS_PROXY, or add the host to NO_PROXY": "HTTPS_PROXY を確認するか、ホストを NO_PROXY に追加してください",
		"Check both.": "両方を確認してください。",
		"Check the address. A proxy may be answering in its place": "アドレスを確認してください。プロキシが代わりに応答している可能性があります",
		"Check the address. Artifact Registry can't reach a name in a private network": "アドレスを確認してください。プライベート ネットワーク内の名前には Artifact Registry " +
			"から到達できません",
		"Check the port in the address": "アドレスのポートを確認してください",
		"Check the upstream address of the repository: %s. To continue anyway, use --skip-trial": "リポジトリのアップストリームのアドレスを確認してください: %s。このまま続行するには --skip-trial " +
			"を使用します",
		"Check this machine's clock. If it is right, the operator has to renew the certificate": "このマシンの時計を確認してください。正しければ、管理者が証明書を更新する必要があります",
		"Choose one": "1 つ選択してください",
		"Cloudsmith identifies people by their user name": "Cloudsmith はユーザー名でユーザーを識別します",
		"Container images, npm and Maven packages have separate hosts: containers.SUBDOMAIN.ghe.com, " +
			"npm.SUBDOMAIN.ghe.com and maven.SUBDOMAIN.ghe.com.": "コンテナ イメージ、npm パッケージ、Maven パッケージのホストは別々です: " +
			"containers.SUBDOMAIN.ghe.com、npm.SUBDOMAIN.ghe.com、maven.SUBDOMAIN.ghe.com。",
		"Copy only the token":                              "トークンだけをコピーしてください",
		"Create a deploy token with read_registry instead": "代わりに read_registry を持つデプロイ トークンを作成してください",
		"Create a new one":                                 "新しいトークンを作成してください",
		"Create a repository with the preset Docker Hub or the upstream address %s: the upstream of an " +
			"existing one can't change": "プリセット Docker Hub またはアップストリームのアドレス %s でリポジトリを作成してください。既存のリ" +
			"ポジトリのアップストリームは変更できません",
		"Create a repository with the upstream address %s, and pull with the path in front of the image " +
			"name: REPOSITORY/%s/IMAGE": "アップストリームのアドレス %s でリポジトリを作成し、イメージ名の先頭にパスを付けて pull " +
			"してください: REPOSITORY/%s/IMAGE",
		"Create a repository with the upstream address %s: the upstream of an existing one can't change": "アップストリームのアドレス %s でリポジトリを作成してください。既存のリポジトリのアップストリームは" +
			"変更できません",
		"Create one at https://app.docker.com/settings/personal-access-tokens with the permission Public " +
			"Repo Read-only, or Read-only to pull private images. You can't change its expiration date later.": "https://app.docker.com/settings/personal-access-tokens で、権限 Public Repo " +
			"Read-only（非公開イメージを pull する場合は Read-only）を指定して作成します。有効期限は後から変更" +
			"できません。",
		"Docker Hub identifies people by their Docker ID":                                     "Docker Hub は Docker ID でユーザーを識別します",
		"Docker Hub rejects it with a personal Docker ID":                                     "Docker Hub は個人の Docker ID との組み合わせを拒否します",
		"Docker Hub's registry is at %s, not at %s":                                           "Docker Hub のレジストリは %[2]s ではなく %[1]s にあります",
		"Docker identifies people by their Docker ID":                                         "Docker は Docker ID でユーザーを識別します",
		"Docker's config.json":                                                                "Docker の config.json",
		"Docker's config.json with credentials for %s":                                        "%s の認証情報を含む Docker の config.json",
		"Docker's config.json without a credential":                                           "認証情報を含まない Docker の config.json",
		"Docker's config.json without a credential: this machine's credential store has them": "認証情報を含まない Docker の config.json（認証情報はこのマシンの認証情報ストアにあります）",
		"Elastic's images and packages are public and need no user name.":                     "Elastic のイメージとパッケージは公開されており、ユーザー名は不要です。",
		"Every registry issues its own tokens":                                                "トークンはレジストリごとに発行されます",
		"Everybody can read Maven Central":                                                    "Maven Central は誰でも読み取れます",
		"Everybody can read Maven Central: upstreamauth sends the token only if a made-up one is rejected.": "Maven Central は誰でも読み取れます。upstreamauth は、架空のトークンが拒否された場合にのみトークン" +
			"を送信します。",
		"Everybody can read PyPI's index, and PyPI checks a token only on upload": "PyPI のインデックスは誰でも読み取ることができ、トークンはアップロード時にのみ確認されます",
		"Everybody can read this index: upstreamauth sends the token only if the index rejects a made-up " +
			"one.": "このインデックスは誰でも読み取れます。upstreamauth は、架空のトークンが拒否された場合にのみトーク" +
			"ンを送信します。",
		"Everybody who can see the repository can see its user name. If others can see this screen or the " +
			"shell's history, revoke the token": "リポジトリを閲覧できるすべてのユーザーにユーザー名が見えます。この画面やシェルの履歴が他人に見える" +
			"場合は、トークンを取り消してください",
		"Gemfury uses the token as user name, and everybody who can see the repository can see it. Use a " +
			"deploy token, which may only read.": "Gemfury ではトークンをユーザー名として使用し、リポジトリを閲覧できるすべてのユーザーに見えます。読" +
			"み取り専用の deploy token を使用してください。",
		"GitHub Packages doesn't accept fine-grained tokens (docker/login-action#331): create a classic " +
			"one with read:packages": "GitHub Packages は fine-grained token を受け付けません（docker/login-action#331）。read:packages " +
			"を持つ classic token を作成してください",
		"GitHub doesn't know this token: it is mistyped, expired or revoked. With it, even public packages " +
			"can't be pulled": "GitHub はこのトークンを認識していません。入力ミス、期限切れ、または取り消しが考えられます。このま" +
			"までは公開パッケージも pull できません",
		"GitHub doesn't say who the token belongs to":                                "GitHub からトークンの所有者が返されません",
		"GitHub identifies people by their user name":                                "GitHub はユーザー名でユーザーを識別します",
		"GitLab identifies people by their user name":                                "GitLab はユーザー名でユーザーを識別します",
		"Gitea and Forgejo identify people by their user name":                       "Gitea と Forgejo はユーザー名でユーザーを識別します",
		"If it is your company's authority, give its certificate with --ca-file":     "自社の認証局の場合は、その証明書を --ca-file で指定してください",
		"If this is the registry's own token server, allow it with --allow-realm %s": "レジストリのトークン サーバーであれば、--allow-realm %s で許可してください",
		"Image names have nothing in front: REPOSITORY/IMAGE.":                       "イメージ名の先頭には何も付けません: REPOSITORY/IMAGE。",
		"Image names start with organization and team: REPOSITORY/ORG/TEAM/IMAGE. Public ones are " +
			"REPOSITORY/nvidia/IMAGE.": "イメージ名の先頭に組織とチームを付けます: REPOSITORY/ORG/TEAM/IMAGE。公開イメージは " +
			"REPOSITORY/nvidia/IMAGE です。",
		"Image names start with owner and repository: REPOSITORY/OWNER/REPOSITORY/IMAGE. Packages have an " +
			"address for each repository.": "イメージ名の先頭に所有者とリポジトリを付けます: REPOSITORY/OWNER/REPOSITORY/IMAGE。パッケージのア" +
			"ドレスはリポジトリごとに異なります。",
		"Image names start with the organization: REPOSITORY/ORGANIZATION/IMAGE. The upstream address is " +
			"the host alone.": "イメージ名の先頭に組織を付けます: REPOSITORY/ORGANIZATION/IMAGE。アップストリームのアドレスはホス" +
			"トだけです。",
		"Image names start with the registry's ID: REPOSITORY/REGISTRY-ID/IMAGE.":     "イメージ名の先頭にレジストリの ID を付けます: REPOSITORY/REGISTRY-ID/IMAGE。",
		"Image names start with the registry's name: REPOSITORY/REGISTRY/IMAGE.":      "イメージ名の先頭にレジストリの名前を付けます: REPOSITORY/REGISTRY/IMAGE。",
		"Image names start with the tenancy's namespace: REPOSITORY/NAMESPACE/IMAGE.": "イメージ名の先頭にテナンシーのネームスペースを付けます: REPOSITORY/NAMESPACE/IMAGE。",
		"Image names start with their namespace: REPOSITORY/NAMESPACE/IMAGE.":         "イメージ名の先頭に名前空間を付けます: REPOSITORY/NAMESPACE/IMAGE。",
		"Image names start with their product: REPOSITORY/ubi9/ubi.":                  "イメージ名の先頭に製品名を付けます: REPOSITORY/ubi9/ubi。",
		"In basic authentication, the user name ends at the first colon (RFC 7617)":   "Basic 認証では、ユーザー名は最初のコロンで終わります（RFC 7617）",
		"In the project, open Robot Accounts, create one with the permission Pull Repository, and copy its " +
			"secret. Harbor shows it only once.": "プロジェクトで [Robot Accounts] を開き、権限 Pull Repository を指定して作成し、シークレットをコピ" +
			"ーします。シークレットは一度しか表示されません。",
		"In your profile, choose Generate an Identity Token, or ask an administrator for a scoped access " +
			"token with Read on the repository.": "プロファイルで [Generate an Identity Token] を選択するか、リポジトリの Read " +
			"を持つスコープ付きアクセス トークンを管理者に依頼してください。",
		"It accepts only bearer tokens, and Artifact Registry signs in by basic authentication: its pulls " +
			"will probably fail": "ベアラー トークンだけを受け付けますが、Artifact Registry は Basic 認証でログインするため、pull " +
			"は失敗する可能性があります",
		"It accepts the sign-in, but doesn't answer like a container registry":                    "ログインは受け付けますが、コンテナ レジストリの応答ではありません",
		"It already rejected them in this run, and upstreamauth doesn't send a wrong login twice": "この実行ですでに拒否されています。upstreamauth は誤ったログイン情報を 2 回送信しません",
		"It answered %s": "応答は %s です",
		"It answered %s for the registry's index, %s": "レジストリのインデックス %[2]s に対する応答は %[1]s です",
		"It answered %s to /-/whoami":                 "/-/whoami に対する応答は %s です",
		"It answered %s, and %s to a made-up token":   "応答は %s で、架空のトークンに対する応答は %s です",
		"It answered %s, and %s to a made-up token: the token's scope may be too narrow": "応答は %s で、架空のトークンに対する応答は %s です。トークンのスコープが不足している可能性がありま" +
			"す",
		"It answered %s, and a container registry answers 200 or 401":                 "応答は %s ですが、コンテナ レジストリの応答は 200 または 401 です",
		"It answered %s, as it does to a made-up token":                               "応答は %s で、架空のトークンに対する応答と同じです",
		"It answered %s, but there was no answer for a made-up token to compare with": "応答は %s ですが、比較のための架空のトークンに対する応答がありません",
		"It answered %s, which doesn't say whether the token is right":                "応答 %s からはトークンが正しいかどうかわかりません",
		"It answers for %q without asking for credentials (%s)":                       "%q に対し、認証情報を求めずに応答しています（%s）",
		"It answers in plain http, not https":                                         "https ではなく http で応答しています",
		"It answers without asking for credentials":                                   "認証情報を求めずに応答しています",
		"It answers, but not by the protocol of container registries":                 "応答はありますが、コンテナ レジストリのプロトコルに従っていません",
		"It asks for credentials, but accepts a made-up token, too":                   "認証情報を求めますが、架空のトークンも受け付けます",
		"It closed the connection without an answer":                                  "応答せずに接続を閉じました",
		"It contains several credentials":                                             "複数の認証情報が含まれています",
		"It denies every request (403). A firewall may be blocking it":                "すべてのリクエストを拒否しています（403）。ファイアウォールが遮断している可能性があります",
		"It denies this to everybody (%s)":                                            "すべてのユーザーに対して拒否しています（%s）",
		"It didn't answer in time":                                                    "時間内に応答がありませんでした",
		"It doesn't answer /-/whoami like an npm registry":                            "/-/whoami に対する応答が npm レジストリのものではありません",
		"It doesn't say who the token belongs to":                                     "トークンの所有者が返されません",
		"It ended the TLS handshake: %s":                                              "TLS ハンドシェイクが終了されました: %s",
		"It gives a made-up token the same answer (%s)":                               "架空のトークンに対しても同じ応答（%s）を返します",
		"It gives everybody the same answer (%s), with or without credentials":        "認証情報の有無にかかわらず、同じ応答（%s）を返します",
		"It has no scopes": "スコープがありません",
		"It issued a pull token, but it answered %s to a made-up token, which proves nothing": "pull 用トークンは発行されましたが、架空のトークンに対する応答が %s のため、判断できません",
		"It issued a pull token, but there was no answer for a made-up token to compare with": "pull 用トークンは発行されましたが、比較のための架空のトークンに対する応答がありません",
		"It may be a key for another NVIDIA service":                                          "NVIDIA の別のサービスのキーかもしれません",
		"It may be a password that only looks like that":                                      "そのように見えるだけのパスワードかもしれません",
		"It may be a password, which Azure Artifacts no longer accepts":                       "パスワードかもしれません。Azure Artifacts はパスワードを受け付けなくなりました",
		"It may be an account password, or an old token, which npm revoked":                   "アカウントのパスワードか、npm が失効させた古いトークンかもしれません",
		"It may be an account password, which Docker Hub rejects for accounts with two-factor " +
			"authentication or single sign-on": "アカウントのパスワードかもしれません。Docker Hub は、2 要素認証またはシングル サインオンを使用する" +
			"アカウントのパスワードを拒否します",
		"It may be an account password, which Docker rejects for accounts with two-factor authentication " +
			"or single sign-on": "アカウントのパスワードかもしれません。Docker は、2 要素認証またはシングル サインオンを使用するアカ" +
			"ウントのパスワードを拒否します",
		"It may be an account password, which GitHub accepts only on its sign-in page": "アカウントのパスワードかもしれません。GitHub がパスワードを受け付けるのはログイン ページだけです",
		"It may be an account password, which GitHub accepts only on its sign-in page, or a token from " +
			"before 2021": "アカウントのパスワード（GitHub が受け付けるのはログイン ページだけです）か、2021 年より前のトーク" +
			"ンかもしれません",
		"It may be an account password, which PyPI no longer accepts": "アカウントのパスワードかもしれません。PyPI はパスワードを受け付けなくなりました",
		"It may be the wrong file, or one saved as UTF-16":            "別のファイルか、UTF-16 で保存されたファイルかもしれません",
		"It may be two lines, or more than the token":                 "2 行になっているか、トークン以外のものが含まれている可能性があります",
		"It may pull %q": "%q を pull できます",
		"It may require a client certificate, which Artifact Registry can't provide":    "クライアント証明書が必要な可能性がありますが、Artifact Registry では提示できません",
		"It redirects elsewhere, and upstreamauth never sends a token after a redirect": "別の場所にリダイレクトされます。upstreamauth はリダイレクト先にトークンを送信しません",
		"It redirects to %s, and upstreamauth never sends a token after a redirect":     "%s にリダイレクトされます。upstreamauth はリダイレクト先にトークンを送信しません",
		"It stops working when its job ends":                                            "ジョブが終了すると使用できなくなります",
		"It stops working when you sign out of the app, such as gh: create a classic token with " +
			"read:packages": "gh などのアプリからログアウトすると使用できなくなります。read:packages を持つ classic token " +
			"を作成してください",
		"It supports neither basic authentication nor a token server":                                 "Basic 認証にもトークン サーバーにも対応していません",
		"It was stored on %s. Create a new one":                                                       "%s に保存されました。新しいトークンを作成してください",
		"Its address is plain http: the token would cross the network unencrypted, so it wasn't sent": "アドレスが http です。トークンが暗号化されずにネットワークを流れるため、送信しませんでした",
		"Its answer isn't the index of a registry":                                                    "レジストリのインデックスではない応答が返されました",
		"Its certificate has expired or isn't valid yet":                                              "証明書の有効期限が切れているか、まだ有効になっていません",
		"Its certificate is for another host name":                                                    "証明書のホスト名が異なります",
		"Its certificate isn't valid: %s":                                                             "証明書が無効です: %s",
		"Its scopes: %s":                                                                              "スコープ: %s",
		"Its token server %s answered %s":                                                             "トークン サーバー %s の応答は %s です",
		"Its token server answered without a token":                                                   "トークン サーバーの応答にトークンがありません",
		"Its token server is %s, a host that isn't known to belong to it: nothing was sent there":     "トークン サーバーは %s ですが、同じ所有者のホストかどうかわかりません。何も送信していません",
		"JFrog ended API keys at the end of 2024: create an identity token":                           "JFrog の API キーは 2024 年末に廃止されました。ID トークンを作成してください",
		"JSON with a credential in it":                                                                "認証情報を含む JSON",
		"JitPack uses the token as user name, as in jp_…. Everybody who can see the repository can see it.": "JitPack ではトークン（例: jp_…）をユーザー名として使用します。リポジトリを閲覧できるすべてのユーザ" +
			"ーに見えます。",
		"Maven Central is public and needs no user name.": "Maven Central は公開されており、ユーザー名は不要です。",
		"Maven's settings.xml":                            "Maven の settings.xml",
		"NOPASS: Gemfury checks only the user name. Deploy tokens are at " +
			"https://manage.fury.io/manage/USER/tokens/deploy.": "NOPASS を指定します。Gemfury はユーザー名だけを確認します。deploy token は " +
			"https://manage.fury.io/manage/USER/tokens/deploy にあります。",
		"No registry issues such tokens, and upstreams differ in how they read them": "このようなトークンを発行するレジストリはなく、アップストリームによって解釈が異なります",
		"No registry issues such tokens, but your own password may have one":         "このようなトークンを発行するレジストリはありませんが、独自のパスワードの可能性はあります",
		"No token is needed: grant this repository's service agent the role Artifact Registry Reader on " +
			"the upstream repository.": "トークンは不要です。このリポジトリのサービス エージェントに、アップストリーム リポジトリの " +
			"Artifact Registry 読み取りロールを付与してください。",
		"Nobody is signed in there": "ログインしているユーザーがいません",
		"None: Artifact Registry reads its other repositories as its own service agent.":          "不要です。Artifact Registry は、自身のサービス エージェントとして他のリポジトリを読み取ります。",
		"Not checked: if the token allows only certain IP addresses, Google's must be among them": "未確認: トークンに IP アドレスの制限がある場合は、Google のアドレスを許可する必要があります",
		"Nothing can be pulled from there":                                                        "そこからは pull できません",
		"Nothing is listening at %s":                                                              "%s で待ち受けているサーバーがありません",
		"Nothing replaces %q by its value here: give the value itself":                            "ここでは %q は値に置き換えられません。値そのものを指定してください",
		"On the organization's page, open Robot Accounts, create one, and grant it Read on the " +
			"repositories to pull from. Select the robot's name to see its token.": "組織のページで [Robot Accounts] を開いて作成し、pull するリポジトリの Read 権限を付与します。トー" +
			"クンはロボットの名前を選択すると表示されます。",
		"One remote repository reads one CodeArtifact repository in one format, until the stored token " +
			"expires.": "1 つのリモート リポジトリは、保存したトークンの期限が切れるまで、CodeArtifact の 1 " +
			"つのリポジトリを 1 つの形式で読み取ります。",
		"One remote repository reads one feed in one format. Connect to feed shows its address.": "1 つのリモート リポジトリは 1 つのフィードを 1 つの形式で読み取ります。アドレスは [Connect to " +
			"feed] に表示されます。",
		"Only --ca-file makes the certificate of %s valid. Artifact Registry can't use that file, so its " +
			"pulls will probably fail": "%s の証明書は --ca-file を指定した場合にのみ有効です。Artifact Registry はそのファイルを使用できな" +
			"いため、pull は失敗する可能性があります",
		"Only Maven can decrypt it, with the settings-security.xml of the machine that encrypted it. Give " +
			"the token itself, or a new one": "復号できるのは、暗号化したマシンの settings-security.xml を持つ Maven だけです。トークンそのものか、" +
			"新しいトークンを指定してください",
		"Oracle's registry identifies users by tenancy and identity domain": "Oracle のレジストリはテナンシーとアイデンティティ ドメインでユーザーを識別します",
		"Packages have an address for each owner and format. Image names start with the owner: " +
			"REPOSITORY/OWNER/IMAGE.": "パッケージのアドレスは所有者と形式ごとに異なります。イメージ名の先頭に所有者を付けます: " +
			"REPOSITORY/OWNER/IMAGE。",
		"PyPI stopped accepting account names and passwords in 2023":                                "PyPI は 2023 年にアカウント名とパスワードの受け付けを終了しました",
		"Quay identifies people by their user name and robots as ORGANIZATION+ROBOT":                "Quay はユーザー名でユーザーを、ORGANIZATION+ROBOT の形式でロボットを識別します",
		"REGION@ACCESS-KEY, as in eu-west-101@ABCDEFGH.":                                            "REGION@ACCESS-KEY です（例: eu-west-101@ABCDEFGH）。",
		"Reading needs no token. A user token from https://central.sonatype.com is for publishing.": "読み取りにトークンは不要です。https://central.sonatype.com のユーザー トークンは公開用です。",
		"Reading needs no token. Elastic's support provides credentials for private images.":        "読み取りにトークンは不要です。非公開イメージの認証情報は Elastic のサポートから入手できます。",
		"Run `aws codeartifact get-authorization-token --domain DOMAIN --domain-owner ACCOUNT --region " +
			"REGION --query authorizationToken --output text` with the permissions " +
			"codeartifact:GetAuthorizationToken, codeartifact:ReadFromRepository and " +
			"sts:GetServiceBearerToken. The token works for 12 hours at most; pulls fail after that unless " +
			"something renews it.": "codeartifact:GetAuthorizationToken、codeartifact:ReadFromRepository、sts:GetServiceBearerToken " +
			"の権限で `aws codeartifact get-authorization-token --domain DOMAIN --domain-owner ACCOUNT " +
			"--region REGION --query authorizationToken --output text` を実行します。有効期間は最長 12 " +
			"時間で、更新しないとその後の pull は失敗します。",
		"Run `aws ecr get-login-password --region REGION` with the policy " +
			"AmazonEC2ContainerRegistryReadOnly. The password works for 12 hours; pulls fail after that unless " +
			"something renews it.": "ポリシー AmazonEC2ContainerRegistryReadOnly を持つユーザーで `aws ecr get-login-password --region " +
			"REGION` を実行します。パスワードの有効期間は 12 時間で、更新しないとその後の pull は失敗します。",
		"Run `aws ecr-public get-login-password --region us-east-1`. The password works for 12 hours. " +
			"Images can also be pulled without one, at a lower rate.": "`aws ecr-public get-login-password --region us-east-1` を実行します。パスワードの有効期間は 12 時" +
			"間です。パスワードなしでも、低いレートで pull できます。",
		"Set a permanent password for a RAM user instead": "代わりに RAM ユーザーの永続的なパスワードを設定してください",
		"TENANCY-NAMESPACE/USER, or TENANCY-NAMESPACE/oracleidentitycloudservice/MAIL for a federated " +
			"user. In another identity domain, its name goes in the middle.": "TENANCY-NAMESPACE/USER です。フェデレーション ユーザーは " +
			"TENANCY-NAMESPACE/oracleidentitycloudservice/MAIL です。別のアイデンティティ ドメインでは、その名" +
			"前を中央に入れます。",
		"TestPyPI is another registry than PyPI":                                    "TestPyPI は PyPI とは別のレジストリです",
		"The $ after robot is missing: a Harbor robot account is called robot$NAME": "robot の後の $ がありません。Harbor のロボット アカウントの名前は robot$NAME です",
		"The account's number (UIN) on a personal instance. On an enterprise instance, the user name of a " +
			"long-term access credential, as in tcr$NAME.": "個人用インスタンスではアカウントの番号（UIN）です。エンタープライズ インスタンスでは、長期アクセス" +
			"認証情報のユーザー名です（例: tcr$NAME）。",
		"The address of its token server isn't valid": "トークン サーバーのアドレスが無効です",
		"The application ID of a service principal, the name of a repository-scoped token, or the " +
			"registry's name for its admin user.": "サービス プリンシパルのアプリケーション ID、リポジトリ スコープのトークンの名前、または管理者ユー" +
			"ザーの場合はレジストリの名前です。",
		"The check didn't finish":                               "確認が完了しませんでした",
		"The check was stopped":                                 "確認は中止されました",
		"The command asks for the token and doesn't contain it": "このコマンドはトークンの入力を求めるもので、トークンを含んでいません",
		"The connection failed: %s":                             "接続に失敗しました: %s",
		"The credential helper %q has the one for %q: docker-credential-%s get prints it": "%[2]q の認証情報は認証情報ヘルパー %[1]q にあります。docker-credential-%[3]s get で表示できます",
		"The credential helper %q has them: docker-credential-%s get prints one":          "認証情報は認証情報ヘルパー %q にあります。docker-credential-%s get で表示できます",
		"The email address of the account. DigitalOcean also accepts the token as user name, but user " +
			"names are stored in the clear.": "アカウントのメールアドレスです。DigitalOcean はユーザー名としてトークンも受け付けますが、ユーザー" +
			"名は平文で保存されます。",
		"The email address of your Oracle account.":                                                   "Oracle アカウントのメールアドレスです。",
		"The full name of the Alibaba Cloud account or RAM user, as in jane@1234567890.onaliyun.com.": "Alibaba Cloud アカウントまたは RAM ユーザーの完全な名前です（例: jane@1234567890.onaliyun.com）。",
		"The host %s doesn't exist":                                                                   "ホスト %s は存在しません",
		"The host name %s couldn't be looked up":                                                      "ホスト名 %s を解決できませんでした",
		"The proxy in HTTPS_PROXY doesn't answer":                                                     "HTTPS_PROXY のプロキシが応答しません",
		"The registry's own password, not the account's: in the Container Registry console, open the " +
			"instance, Access Credential, Set Password.": "アカウントのパスワードではなく、レジストリ専用のパスワードです。Container Registry のコンソールで" +
			"インスタンスを開き、[Access Credential]、[Set Password] を選択します。",
		"The secret key of an API key whose application has ContainerRegistryReadOnly: " +
			"https://console.scaleway.com/iam/api-keys. Choose No expiry, or renew it in time.": "ContainerRegistryReadOnly を持つアプリケーションの API キーのシークレット キーです: " +
			"https://console.scaleway.com/iam/api-keys。[No expiry] を選択するか、期限までに更新してください。",
		"The sign-in works, but the answer for %q is %s: check the image name and the token's scope": "ログインできますが、%q に対する応答は %s です。イメージ名とトークンのスコープを確認してください",
		"The token belongs to %q": "トークンの所有者は %q です",
		"The token belongs to %q, but GitHub shows no scopes for this kind of token, and GitHub Packages " +
			"accepts only classic ones": "トークンの所有者は %q ですが、GitHub はこの種類のトークンのスコープを返しません。GitHub Packages " +
			"が受け付けるのは classic token だけです",
		"The token belongs to %q, which isn't the user name that you gave":                          "トークンの所有者は %q で、指定したユーザー名とは異なります",
		"The token has %d white-space characters around it":                                         "トークンの前後に %d 個の空白文字があります",
		"The token has a character that can't be sent: a space, a line break or a non-ASCII letter": "トークンに送信できない文字（空白、改行、ASCII 以外の文字）が含まれています",
		"The token has a line break or another control character":                                   "トークンに改行などの制御文字が含まれています",
		"The token has a space in it":                                                               "トークンに空白が含まれています",
		"The token has characters beyond ASCII":                                                     "トークンに ASCII 以外の文字が含まれています",
		"The token is in the file %q: give that with --token-file":                                  "トークンはファイル %q にあります。--token-file で指定してください",
		"The token isn't valid UTF-8":                                                               "トークンが有効な UTF-8 ではありません",
		"The token of a registry service account: https://access.redhat.com/terms-based-registry/. It " +
			"works until you regenerate it there.": "レジストリ サービス アカウントのトークンです: https://access.redhat.com/terms-based-registry/。そ" +
			"こで再生成するまで有効です。",
		"The token server %s of %s can't be reached from here":                           "%[2]s のトークン サーバー %[1]s にここから接続できません",
		"The upstream address has the path %q, but a container registry is a whole host": "アップストリームのアドレスにパス %q がありますが、コンテナ レジストリはホスト全体です",
		"The upstream has no web address":                                                "アップストリームにウェブアドレスがありません",
		"The upstream would get it, too":                                                 "空白もアップストリームに送信されます",
		"The upstream would get them, too, and reject the token":                         "空白もアップストリームに送信され、トークンが拒否されます",
		"The user name %q is for a temporary password, which works for an hour":          "ユーザー名 %q は一時パスワード用です。一時パスワードの有効期間は 1 時間です",
		"The user name for NVIDIA NGC is %q, with a dollar sign in front":                "NVIDIA NGC のユーザー名は %q（先頭にドル記号）です",
		"The user name for PyPI is %q, with two underscores on each side":                "PyPI のユーザー名は %q（前後にアンダースコア 2 つずつ）です",
		"The user name for this token. Many registries accept any name with a token; if in doubt, ask the " +
			"operator.": "このトークンのユーザー名です。多くのレジストリではトークンと一緒に任意の名前を使用できます。不明な" +
			"場合は管理者に確認してください。",
		"The user name has invisible characters":                                                            "ユーザー名に見えない文字が含まれています",
		"The user name has letters beyond ASCII":                                                            "ユーザー名に ASCII 以外の文字が含まれています",
		"The user name has white space around it":                                                           "ユーザー名の前後に空白があります",
		"The user name is the region and the access key with an @ between them, as in eu-west-101@ABCDEFGH": "ユーザー名は、リージョンとアクセスキーを @ でつないだものです（例: eu-west-101@ABCDEFGH）",
		"The user name is the secret here, and everybody who can see the repository can see it.":            "ここではユーザー名がシークレットであり、リポジトリを閲覧できるすべてのユーザーに見えます。",
		"The user name isn't valid UTF-8":                                                                   "ユーザー名が有効な UTF-8 ではありません",
		"The user name needs the tenancy's namespace in front, as in acme/jane or " +
			"acme/oracleidentitycloudservice/jane@example.com": "ユーザー名の先頭にテナンシーのネームスペースが必要です（例: acme/jane、" +
			"acme/oracleidentitycloudservice/jane@example.com）",
		"The user name of a pull token has a slash in it, as in ORGANIZATION-ID/TOKEN-ID": "pull トークンのユーザー名にはスラッシュが含まれます（例: ORGANIZATION-ID/TOKEN-ID）",
		"The user name of a pull token, as in ORGANIZATION-ID/TOKEN-ID. Chainguard shows both when you " +
			"create one.": "pull トークンのユーザー名です（例: ORGANIZATION-ID/TOKEN-ID）。作成時にトークンと一緒に表示されま" +
			"す。",
		"The user name of a registry service account with its number, as in 1234567|ci. In a shell, put it " +
			"in single quotes, because | is a pipe.": "レジストリ サービス アカウントのユーザー名です（番号付き。例: 1234567|ci）。シェルでは | がパイプ" +
			"になるため、単一引用符で囲んでください。",
		"The user name of the account that the token belongs to.":                                "トークンを所有するアカウントのユーザー名です。",
		"The user that the token belongs to. Artifactory rejects the token with any other name.": "トークンを所有するユーザーです。それ以外の名前では、Artifactory がトークンを拒否します。",
		"The whole JSON file of an authorized key: `yc iam key create --service-account-name NAME --output " +
			"key.json`. The service account needs the role container-registry.images.puller. Give the file " +
			"with --token-file key.json.": "認可キーの JSON ファイル全体です: `yc iam key create --service-account-name NAME --output " +
			"key.json`。サービス アカウントにはロール container-registry.images.puller が必要です。ファイルは " +
			"--token-file key.json で指定します。",
		"There is no token to check.":                                                         "確認するトークンはありません。",
		"There was no answer for a made-up token to compare with":                             "比較のための架空のトークンに対する応答がありません",
		"They often come along when text is copied from a web page":                           "ウェブページからのコピーで混入することがよくあります",
		"This doesn't look like a token from %s":                                              "%s のトークンではないようです",
		"This is %s":                                                                          "これは%sです",
		"This is %s, but the upstream is %s":                                                  "これは%sですが、アップストリームは %s です",
		"This is %s, not a user name":                                                         "これは%sで、ユーザー名ではありません",
		"This is %s, not only a token":                                                        "これは%sで、トークンだけではありません",
		"This is %s, not only a user name":                                                    "これは%sで、ユーザー名だけではありません",
		"This is %s, which works for %s: it expired by %s":                                    "これは%sで、有効期間は %s です。%s までに期限が切れました",
		"This is %s, which works for %s: it expires by %s":                                    "これは%sで、有効期間は %s です。%s までに期限が切れます",
		"This is %s, with %s in it, and in that %s, not only a token":                         "これは%s（中に%s、さらにその中に%s）で、トークンだけではありません",
		"This is %s, with %s in it, not only a token":                                         "これは%s（中に%s）で、トークンだけではありません",
		"This is an email address, not a user name":                                           "これはメールアドレスで、ユーザー名ではありません",
		"This is an organization access token: the user name must be the organization's name": "これは組織のアクセス トークンです。ユーザー名は組織名にする必要があります",
		"This isn't JSON":                                                                     "これは JSON ではありません",
		"This isn't a registry service account: its name starts with a number and a |, as in 1234567|ci": "これはレジストリ サービス アカウントではありません。名前は番号と | で始まります（例: 1234567|ci）",
		"This looks like %s that was cut off: it has %d characters, not %d":                              "途中で切れた%[1]sのようです（%[3]d 文字ではなく %[2]d 文字）",
		"This looks like %s with something after it: it has %d characters, not %d":                       "後ろに余分な文字がある%[1]sのようです（%[3]d 文字ではなく %[2]d 文字）",
		"This looks like %s, but it isn't complete":                                                      "%sのようですが、完全ではありません",
		"This machine doesn't trust the authority that signed its certificate":                           "証明書に署名した認証局は、このマシンで信頼されていません",
		"This token expired on %s":                                                       "このトークンは %s に期限が切れました",
		"This token expires in %s (%s)":                                                  "このトークンは %s後（%s）に期限が切れます",
		"This token may not read packages: the scope read:packages is missing":           "このトークンではパッケージを読み取れません。スコープ read:packages がありません",
		"This user name and token can't be checked at %s":                                "このユーザー名とトークンは %s で確認できません",
		"This user name is for a Microsoft Entra sign-in, whose token works for 3 hours": "このユーザー名は Microsoft Entra でのログイン用です。トークンの有効期間は 3 時間です",
		"This user name is for a token that expires: an IAM token after 12 hours, an OAuth token after a " +
			"year": "このユーザー名は期限のあるトークン用です（IAM トークンは 12 時間、OAuth トークンは 1 年）",
		"This user name is for an IAM token, which works for an hour": "このユーザー名は IAM トークン用です。IAM トークンの有効期間は 1 時間です",
		"To check the token, upstreamauth asks api.github.com who it belongs to and whether it has the " +
			"scope read:packages.": "トークンを確認するため、upstreamauth は所有者とスコープ read:packages の有無を api.github.com " +
			"に問い合わせます。",
		"To check the token, upstreamauth asks npm who it belongs to (/-/whoami).": "トークンを確認するため、upstreamauth はその所有者を npm に問い合わせます（/-/whoami）。",
		"To check the token, upstreamauth signs in at auth.docker.io with it and reads how many pulls are " +
			"left.": "トークンを確認するため、upstreamauth は auth.docker.io にログインし、残りの pull " +
			"回数を読み取ります。",
		"To check the token, upstreamauth signs in to the registry with it.": "トークンを確認するため、upstreamauth はそのトークンでレジストリにログインします。",
		"To check the token, upstreamauth signs in with it and with a made-up one, and compares the " +
			"answers.": "トークンを確認するため、upstreamauth はそのトークンと架空のトークンでログインし、応答を比較します。",
		"Try again in %s": "%s後に再試行してください",
		"Upstreams differ in how they read them, and a letter may only look like the right one": "アップストリームによって解釈が異なります。似た形の別の文字の可能性もあります",
		"Use %q": "%q を使用します",
		"Use --verify-with to name something that needs credentials":       "認証情報が必要なものを --verify-with で指定してください",
		"Use a service principal or a repository-scoped token, which last": "期限の長いサービス プリンシパルまたはリポジトリ スコープのトークンを使用してください",
		"Use iamapikey and an API key, which last":                         "期限のない iamapikey と API キーを使用してください",
		"Use it without":      "空白なしで使用します",
		"Use it without them": "それらを除いて使用します",
		"Use json_key and a service account's key, which last":                       "期限のない json_key とサービス アカウントのキーを使用してください",
		"Use the part before the colon as user name, and the part after it as token": "コロンの前をユーザー名、後をトークンとして使用します",
		"Use the token in it":                               "含まれているトークンを使用します",
		"Use the token in it for %q":                        "%q のトークンを使用します",
		"Use the token in it for %q, with the user name %q": "%q のトークンをユーザー名 %q で使用します",
		"Use the token in it, with the user name %q":        "含まれているトークンをユーザー名 %q で使用します",
		"Use the user name in it, %q":                       "含まれているユーザー名 %q を使用します",
		"Use the user name in it, %q, and its token":        "含まれているユーザー名 %q とトークンを使用します",
		"User names are stored in the clear: everybody who can see the repository can see and use it": "ユーザー名は平文で保存されます。リポジトリを閲覧できるすべてのユーザーが見て使用できます",
		"When the stored password expires, pulls fail; Artifact Registry doesn't go on without one.": "保存したパスワードの期限が切れると pull は失敗します。Artifact Registry がパスワードなしで続行する" +
			"ことはありません。",
		"With the user name json_key, the token is the whole JSON file of an authorized key":                 "ユーザー名が json_key の場合、トークンは認可キーの JSON ファイル全体です",
		"Your Docker ID, as for Docker Hub. For an organization access token, the organization's name.":      "Docker Hub と同じ Docker ID です。組織のアクセス トークンの場合は組織名です。",
		"Your Docker ID, not your email address. For an organization access token, the organization's name.": "メールアドレスではなく Docker ID です。組織のアクセス トークンの場合は組織名です。",
		"Your GitHub user name, not your email address.":                                                     "メールアドレスではなく GitHub のユーザー名です。",
		"Your npm user name, not your email address.":                                                        "メールアドレスではなく npm のユーザー名です。",
		"Your user name for a personal token, gitlab+deploy-token-N for a deploy token (GitLab shows it " +
			"with the token), any name for a group or project token.": "個人用トークンなら自分のユーザー名、デプロイ トークンなら gitlab+deploy-token-N（トークンと一緒に" +
			"表示されます）、グループまたはプロジェクトのトークンなら任意の名前です。",
		"Your user name on that GitHub. If the enterprise manages its users, it ends in _ and a short " +
			"code, as in jane_acme.": "その GitHub でのユーザー名です。エンタープライズ管理ユーザーの場合は、末尾に _ " +
			"と短いコードが付きます（例: jane_acme）。",
		"`chainctl auth configure-docker --pull-token` shows it next to the token": "`chainctl auth configure-docker --pull-token` でトークンの横に表示されます",
		"a DigitalOcean token":                                         "DigitalOcean のトークン",
		"a Docker organization access token":                           "Docker の組織のアクセス トークン",
		"a Docker personal access token":                               "Docker の個人用アクセス トークン",
		"a Font Awesome package token":                                 "Font Awesome のパッケージ トークン",
		"a GitHub Actions or App installation token":                   "GitHub Actions または App のインストール トークン",
		"a GitHub App's user token":                                    "GitHub App のユーザー トークン",
		"a GitHub refresh token":                                       "GitHub の更新トークン",
		"a GitHub token (classic)":                                     "GitHub のトークン（classic）",
		"a GitHub token of an app that you signed in to":               "ログインしたアプリの GitHub トークン",
		"a GitLab CI job token":                                        "GitLab の CI ジョブ トークン",
		"a GitLab access token":                                        "GitLab のアクセス トークン",
		"a GitLab deploy token":                                        "GitLab のデプロイ トークン",
		"a Google API key":                                             "Google の API キー",
		"a Google access token":                                        "Google のアクセス トークン",
		"a JFrog API key":                                              "JFrog の API キー",
		"a JFrog access token":                                         "JFrog のアクセス トークン",
		"a JFrog reference token":                                      "JFrog の参照トークン",
		"a JSON web token":                                             "JSON ウェブ トークン",
		"a JitPack token":                                              "JitPack のトークン",
		"a Kubernetes Secret":                                          "Kubernetes の Secret",
		"a Kubernetes Secret with Docker's config.json in it":          "Docker の config.json を含む Kubernetes の Secret",
		"a PyPI token":                                                 "PyPI のトークン",
		"a TestPyPI token":                                             "TestPyPI のトークン",
		"a Yandex IAM token":                                           "Yandex の IAM トークン",
		"a curl command":                                               "curl コマンド",
		"a fine-grained GitHub token":                                  "GitHub の fine-grained token",
		"a line of .netrc":                                             ".netrc の行",
		"a line of .npmrc":                                             ".npmrc の行",
		"a line of pip's configuration":                                "pip の設定の行",
		"a login command":                                              "ログイン コマンド",
		"a password that Maven encrypted":                              "Maven が暗号化したパスワード",
		"a temporary AWS access key ID":                                "AWS の一時的なアクセスキー ID",
		"a token from `az acr login`":                                  "`az acr login` のトークン",
		"a user name and token joined by a colon":                      "コロンでつないだユーザー名とトークン",
		"a user name and token, encoded together in base64":            "まとめて Base64 でエンコードされたユーザー名とトークン",
		"a variable and its value":                                     "変数とその値",
		"an AWS CodeArtifact token":                                    "AWS CodeArtifact のトークン",
		"an AWS access key ID":                                         "AWS のアクセスキー ID",
		"an Amazon ECR password":                                       "Amazon ECR のパスワード",
		"an Authorization header":                                      "Authorization ヘッダー",
		"an Authorization header with a user name and token in base64": "Base64 のユーザー名とトークンを含む Authorization ヘッダー",
		"an Azure DevOps personal access token":                        "Azure DevOps の個人用アクセス トークン",
		"an NVIDIA NGC key":                                            "NVIDIA NGC のキー",
		"an address with a user name and token in it":                  "ユーザー名とトークンを含むアドレス",
		"an echo command or its arguments":                             "echo コマンドまたはその引数",
		"an npm token":                                                 "npm のトークン",
		"an older NVIDIA NGC key":                                      "NVIDIA NGC の古いキー",
		"base64":                                                       "Base64 のテキスト",
		"entries of Docker's config.json":                              "Docker の config.json の項目",
		"entries of Docker's config.json for %s":                       "Docker の config.json の %s の項目",
		"iamapikey for an API key, which lasts; iambearer for an IAM token, which expires after an hour.": "API キー（無期限）なら iamapikey、IAM トークン（1 時間で期限切れ）なら iambearer です。",
		"json_key for a service account's key, api_key for its API key. oauth and iam go with tokens that " +
			"expire.": "サービス アカウントのキーなら json_key、API キーなら api_key です。oauth と iam " +
			"は期限のあるトークン用です。",
		"nologin. Scaleway checks only the secret key.": "nologin です。Scaleway はシークレット キーだけを確認します。",
		"npm identifies people by their user name":      "npm はユーザー名でユーザーを識別します",
		"npm's .npmrc":                                       "npm の .npmrc",
		"one entry of Docker's config.json":                  "Docker の config.json の 1 項目",
		"pip's configuration":                                "pip の設定",
		"text in quotes":                                     "引用符で囲まれたテキスト",
		"text saved as UTF-16":                               "UTF-16 で保存されたテキスト",
		"text that ends in an escaped line break":            "エスケープされた改行で終わるテキスト",
		"text that starts with %q":                           "%q で始まるテキスト",
		"text that starts with an invisible byte order mark": "見えないバイト オーダー マークで始まるテキスト",
		"text with invisible characters":                     "見えない文字を含むテキスト",
		"text with terminal control sequences":               "端末の制御シーケンスを含むテキスト",
		"text with typographic characters, such as a long hyphen, instead of plain ones": "長いハイフンなど、通常の文字の代わりに組版用の文字を含むテキスト",
		"the HTTP header %q":                                                                    "HTTP ヘッダー %q",
		"the name of a variable, not its value":                                                 "変数の値ではなく、変数の名前",
		"the value of an Authorization header":                                                  "Authorization ヘッダーの値",
		"the value of an Authorization header: a user name and token in base64":                 "Authorization ヘッダーの値（Base64 のユーザー名とトークン）",
		"the variable %q and its value":                                                         "変数 %q とその値",
		"the variables %s and their values":                                                     "変数 %s とその値",
		"token for an entitlement token; your user name or a service account's for an API key.": "エンタイトルメント トークンなら token、API キーなら自分またはサービス アカウントのユーザー名です。",
	}
}
