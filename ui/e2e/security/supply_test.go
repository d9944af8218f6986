package security

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"example.com/upstreamauth/ui/e2e"
)

// mayLink are the licences of modules that may be linked in: none asks for
// more than that it is named. Any other one, and a text that is not
// recognised, needs a person to decide.
var mayLink = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT AND Apache-2.0"}

// licenceOf recognises a licence by its text, as an SPDX identifier.
func licenceOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	has := func(s string) bool { return strings.Contains(text, s) }
	switch {
	case has("GNU AFFERO"), has("GNU GENERAL PUBLIC"), has("GNU LESSER"), has("Mozilla Public License"), has("Business Source License"), has("Server Side Public License"):
		return "copyleft or commercial"
	case has("two different licenses: MIT and Apache"):
		return "MIT AND Apache-2.0"
	case has("Apache License Version 2.0"):
		return "Apache-2.0"
	case has("Redistribution and use in source and binary forms") && has("either the name"):
		return "BSD-3-Clause"
	case has("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case has("Permission is hereby granted, free of charge"):
		return "MIT"
	case has("Permission to use, copy, modify, and/or distribute this software"):
		return "ISC"
	}
	return "unknown"
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)([.-]|$)`)

// licence reads the licence of a module off its folder in the module cache.
func licence(t *testing.T, m *debug.Module) string {
	t.Helper()
	out, err := goTool("list", "-m", "-f", "{{.Dir}}", m.Path)
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(out)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !licenceFile.MatchString(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		return licenceOf(string(text))
	}
	return "none"
}

func goTool(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = e2e.Root()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out), nil
}

// linked are the modules in the program, from what the linker noted in it.
func linked(t *testing.T, bin string) *debug.BuildInfo {
	t.Helper()
	info, err := buildinfo.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) == 0 {
		t.Fatal("the program names no modules")
	}
	return info
}

// TestLicences is what "make licences" shows.
func TestLicences(t *testing.T) {
	for _, m := range linked(t, e2e.Program(t)).Deps {
		l := licence(t, m)
		t.Logf("%-20s %s %s", l, m.Path, m.Version)
		if !slices.Contains(mayLink, l) {
			t.Errorf("%s has the licence %q, which may not be linked in", m.Path, l)
		}
	}
}

func TestLicencesAreToldApart(t *testing.T) {
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0, January 2004":                                     "Apache-2.0",
		"GNU GENERAL PUBLIC LICENSE Version 3":                                             "copyleft or commercial",
		"GNU LESSER GENERAL PUBLIC LICENSE":                                                "copyleft or commercial",
		"Mozilla Public License Version 2.0":                                               "copyleft or commercial",
		"Redistribution and use in source and\nbinary forms, with … Neither the name of X": "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without":               "BSD-2-Clause",
		"Permission is hereby granted, free of charge, to any person":                      "MIT",
		"All rights reserved.":                                                             "unknown",
	} {
		if got := licenceOf(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

var dependencyLine = regexp.MustCompile("^\\| `([^`]+)` \\| .*[a-z]{3}.* \\|$")

// TestDependenciesHaveAReason holds docs/DEPENDENCIES.md to what is imported:
// each module that our own code asks for has a line, and no line is left over.
func TestDependenciesHaveAReason(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(e2e.Root(), "docs", "DEPENDENCIES.md"))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for line := range strings.Lines(string(page)) {
		if m := dependencyLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			told = append(told, m[1])
		}
	}
	modules, err := goTool("list", "-m", "-f", "{{.Path}}", "all")
	if err != nil {
		t.Fatal(err)
	}
	imports, err := goTool("list", "-f", `{{join .Imports "\n"}}{{"\n"}}{{join .TestImports "\n"}}{{"\n"}}{{join .XTestImports "\n"}}`, "./...")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for pkg := range strings.FieldsSeq(imports) {
		best := ""
		for module := range strings.FieldsSeq(modules) {
			if (pkg == module || strings.HasPrefix(pkg, module+"/")) && len(module) > len(best) {
				best = module
			}
		}
		if best != "" && best != "example.com/upstreamauth" {
			used[best] = true
		}
	}
	for module := range used {
		if !slices.Contains(told, module) {
			t.Errorf("docs/DEPENDENCIES.md gives no reason for %s", module)
		}
	}
	for _, module := range told {
		if !used[module] {
			t.Errorf("docs/DEPENDENCIES.md speaks of %s, which nothing imports", module)
		}
	}
}

// The parts of SPDX 2.3 that are written
// (https://spdx.github.io/spdx-spec/v2.3/).
type (
	spdxDocument struct {
		Version       string             `json:"spdxVersion"`
		DataLicense   string             `json:"dataLicense"`
		ID            string             `json:"SPDXID"`
		Name          string             `json:"name"`
		Namespace     string             `json:"documentNamespace"`
		Creation      spdxCreation       `json:"creationInfo"`
		Packages      []spdxPackage      `json:"packages"`
		Relationships []spdxRelationship `json:"relationships"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID            string    `json:"SPDXID"`
		Name          string    `json:"name"`
		Version       string    `json:"versionInfo"`
		Download      string    `json:"downloadLocation"`
		FilesAnalyzed bool      `json:"filesAnalyzed"`
		Concluded     string    `json:"licenseConcluded"`
		Declared      string    `json:"licenseDeclared"`
		Copyright     string    `json:"copyrightText"`
		Refs          []spdxRef `json:"externalRefs"`
	}
	spdxRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxRelationship struct {
		Element string `json:"spdxElementId"`
		Type    string `json:"relationshipType"`
		Related string `json:"relatedSpdxElement"`
	}
)

// bill makes the bill of materials from what the linker noted in a program.
func bill(info *debug.BuildInfo, sum, created string, licenceOf func(*debug.Module) string) spdxDocument {
	d := spdxDocument{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: "upstreamauth",
		Namespace: "https://" + info.Main.Path + "/sbom/" + sum,
		Creation:  spdxCreation{Created: created, Creators: []string{"Tool: upstreamauth-make-sbom"}},
	}
	add := func(name, version, licence string) string {
		id := "SPDXRef-" + regexp.MustCompile(`[^A-Za-z0-9.-]`).ReplaceAllString(name, "-")
		d.Packages = append(d.Packages, spdxPackage{
			ID: id, Name: name, Version: version, Download: "NOASSERTION", Concluded: licence, Declared: licence, Copyright: "NOASSERTION",
			Refs: []spdxRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + name + "@" + version}},
		})
		return id
	}
	main := add(info.Main.Path, info.Main.Version, "Apache-2.0")
	d.Relationships = append(d.Relationships, spdxRelationship{d.ID, "DESCRIBES", main})
	depends := func(id string) {
		d.Relationships = append(d.Relationships, spdxRelationship{main, "DEPENDS_ON", id})
	}
	depends(add("std", strings.TrimPrefix(info.GoVersion, "go"), "BSD-3-Clause"))
	for _, m := range info.Deps {
		depends(add(m.Path, m.Version, licenceOf(m)))
	}
	return d
}

// TestBillOfMaterials writes the bill of the program that UPSTREAMAUTH_SBOM
// names beside it, as "make sbom" asks for, and otherwise makes one to look at.
func TestBillOfMaterials(t *testing.T) {
	bin := os.Getenv("UPSTREAMAUTH_SBOM")
	write := bin != ""
	if !write {
		bin = e2e.Program(t)
	}
	info := linked(t, bin)
	created := "1970-01-01T00:00:00Z" // where no commit says when; never the present, for the same bill twice
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			created = s.Value
		}
	}
	d := bill(info, sha256Of(t, bin), created, func(m *debug.Module) string { return licence(t, m) })
	ids := map[string]bool{}
	for _, p := range d.Packages {
		if ids[p.ID] || p.Version == "" || p.Declared == "unknown" {
			t.Errorf("the package %+v is not told well", p)
		}
		ids[p.ID] = true
	}
	if len(d.Packages) != len(info.Deps)+2 || len(d.Relationships) != len(d.Packages) {
		t.Errorf("%d packages and %d relationships for %d modules", len(d.Packages), len(d.Relationships), len(info.Deps))
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if write {
		if err := os.WriteFile(bin+".spdx.json", append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("wrote %s.spdx.json: %d packages", bin, len(d.Packages))
	}
}
