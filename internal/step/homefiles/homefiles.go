// Package homefiles has what a step of a project says about the home folder: which
// folders it has written there.
//
// A step cannot know whether its image gets these files and whether its user can
// read them. So it names them, and package check decides. The answer is in a
// mount of the step beside its result, so that it is not part of the image.
package homefiles

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is a folder, or a file in the home folder itself, with what the step
// has written in it.
type Folder struct {
	Path  string `json:"path"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	// Home is the home folder, and Mode the permissions that it has.
	Home string `json:"home"`
	Mode uint32 `json:"mode"`
}

// AnswerFile is the file with the answer in the step's mount.
const AnswerFile = "homefiles.json"

// Write writes an answer into a folder.
func Write(dir string, folders []Folder) error {
	content, err := json.Marshal(folders)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, AnswerFile), content, 0o644)
}

// Parse reads what Write wrote.
func Parse(content []byte) (folders []Folder, err error) {
	if err := json.Unmarshal(content, &folders); err != nil {
		return nil, fmt.Errorf("the list of files in the home folder: %w", err)
	}
	return folders, nil
}

// variables say where programs keep what they download, by a part of the
// usual folder.
var variables = map[string]string{
	"huggingface": "HF_HOME", "nltk_data": "NLTK_DATA", "ms-playwright": "PLAYWRIGHT_BROWSERS_PATH", "torch": "TORCH_HOME",
	"puppeteer": "PUPPETEER_CACHE_DIR", "tiktoken": "TIKTOKEN_CACHE_DIR", "ollama": "OLLAMA_MODELS", "selenium": "SE_CACHE_PATH",
	"EasyOCR": "EASYOCR_MODULE_PATH", "stanza_resources": "STANZA_RESOURCES_DIR", "gensim-data": "GENSIM_DATA_DIR", "keras": "KERAS_HOME",
	"u2net": "U2NET_HOME", "scikit_learn_data": "SCIKIT_LEARN_DATA", "seaborn-data": "SEABORN_DATA", "modelscope": "MODELSCOPE_CACHE",
}

// Variable returns the variable that tells a program another folder than the one
// that it uses in the home folder, and the name of such a folder; "" if none is known.
func Variable(folder string) (variable, name string) {
	parts := strings.Split(strings.Trim(folder, "/"), "/")
	for _, part := range parts {
		if v := variables[strings.TrimPrefix(part, ".")]; v != "" {
			return v, strings.TrimPrefix(part, ".")
		}
	}
	if n := slices.Index(parts, ".cache"); n >= 0 && n < len(parts)-1 {
		return "XDG_CACHE_HOME", "cache"
	}
	return "", ""
}

// ofTools are the folders in which tools keep what no program needs when it runs.
var ofTools = []string{
	".cache/pip", ".cache/uv", ".cache/pypoetry", ".cache/pdm", ".cache/hatch", ".cache/go-build", ".cache/yarn", ".cache/pnpm", ".cache/node-gyp", ".cache/node",
	".cache/fontconfig", ".cache/matplotlib", ".cache/ccache", ".cache/sccache", ".cache/bazel", ".cache/git", ".cache/motd.legal-displayed",
	".npm", ".yarn", ".bun", ".cargo", ".rustup", ".gnupg", ".ssh", ".config", ".local/state", ".dbus", ".pki", ".nv", ".gradle", ".m2", ".java", "go",
	".python_history", ".bash_history", ".node_repl_history", ".wget-hsts", ".lesshst", ".gitconfig", ".npmrc",
}

// Group returns the folder below a home folder for which a file in it counts:
// that of the program which wrote it. It is "" for what no program needs later.
func Group(rel string) string {
	for _, tool := range ofTools {
		if rel == tool || strings.HasPrefix(rel, tool+"/") {
			return ""
		}
	}
	parts := strings.Split(rel, "/")
	for n, part := range parts[:len(parts)-1] {
		if variables[strings.TrimPrefix(part, ".")] != "" {
			return path.Join(parts[:n+1]...)
		}
	}
	deep := 1
	switch parts[0] {
	case ".cache":
		deep = 2
	case ".local":
		deep = 3
	}
	return path.Join(parts[:min(deep, len(parts))]...)
}
