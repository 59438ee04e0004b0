package project

import (
	"os"
	"strings"
	"testing"

	"github.com/moult-build/moult/internal/toml"
)

func TestTheReferencePageHasEveryKey(t *testing.T) {
	data, err := os.ReadFile("../../docs/build-file.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	for table, keys := range map[string][]string{
		"":             toml.KeysOf(settingsTable{}),
		"apt.":         toml.KeysOf(aptTable{}),
		"app.":         toml.KeysOf(appTable{}),
		"index ":       toml.KeysOf(indexTable{}),
		"package ":     toml.KeysOf(packageTable{}),
		"healthcheck ": toml.KeysOf(healthcheckTable{}),
		"steps ":       toml.KeysOf(stepTable{}),
	} {
		prefix := table
		if strings.HasSuffix(table, " ") {
			prefix = ""
		}
		for _, key := range keys {
			switch key {
			case "apt", "app":
				continue // by their own keys
			case "steps":
				key = "[[tool.moult.steps]]"
			}
			if !strings.Contains(page, "`"+prefix+key+"`") {
				t.Errorf("docs/build-file.md does not name %s%s", table, key)
			}
		}
	}
}
