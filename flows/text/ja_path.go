package text

// japanesePath are the messages of the path's picture.
func japanesePath() map[string]string {
	return map[string]string{
		"Path: %s → (%s) → %s → (%s) → %s → (%s) → %s": "経路: %s →（%s）→ %s →（%s）→ %s →（%s）→ %s",
		"agent":           "エージェント",
		"in progress":     "処理中",
		"new, version %s": "新規、バージョン %s",
		"not checked":     "未確認",
		"not known yet":   "まだ不明",
		"ok":              "正常",
		"problem":         "問題あり",
		"repo":            "リポジトリ",
		"repository":      "リポジトリ",
		"secret":          "シークレット",
		"service agent":   "サービス エージェント",
		"upstream":        "アップストリーム",
		"version %s":      "バージョン %s",
		"version %s → %s": "バージョン %s → %s",
		"warning":         "警告",
		"will be changed": "変更予定",
		"will be created": "作成予定",
	}
}
