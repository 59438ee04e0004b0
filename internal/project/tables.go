package project

import (
	"path"
	"reflect"
	"strconv"

	"github.com/moult-build/moult/internal/source"
	"github.com/moult-build/moult/internal/toml"
)

// Tables returns the Go type of every table of the build file by its name below
// [tool.moult]; the name of [tool.moult] itself is "". The keys are the fields
// with a toml tag. If a field is a *toml.Node, only the reader knows its
// possible values. internal/cli/schema makes the schema and the reference page
// from these types.
func Tables() map[string]reflect.Type {
	return map[string]reflect.Type{
		"":                 reflect.TypeFor[settingsTable](),
		"args.NAME":        reflect.TypeFor[argTable](),
		"target.NAME":      reflect.TypeFor[targetTable](),
		"python":           reflect.TypeFor[pythonTable](),
		"user":             reflect.TypeFor[userTable](),
		"writable":         reflect.TypeFor[writableTable](),
		"index":            reflect.TypeFor[indexTable](),
		"apt":              reflect.TypeFor[aptTable](),
		"apt.run":          reflect.TypeFor[systemPackageTable](),
		"apt.repositories": reflect.TypeFor[aptRepository](),
		"apk":              reflect.TypeFor[apkTable](),
		"apk.repositories": reflect.TypeFor[repository](),
		"key":              reflect.TypeFor[keyTable](),
		"build":            reflect.TypeFor[buildTable](),
		"package.NAME":     reflect.TypeFor[packageTable](),
		"healthcheck":      reflect.TypeFor[healthcheckTable](),
		"app":              reflect.TypeFor[appTable](),
		"files":            reflect.TypeFor[fileTable](),
		"stage.NAME":       reflect.TypeFor[stageTable](),
		"steps":            reflect.TypeFor[stepTable](),
		"steps.secrets":    reflect.TypeFor[secretTable](),
		"steps.caches":     reflect.TypeFor[cacheTable](),
	}
}

// HintTable is the table to name after a key in a hint: " under [tool.moult]",
// or "" for a moult.toml, which has the keys at its top level.
func (p *Project) HintTable() string {
	if path.Base(p.File.Name) == "moult.toml" {
		return ""
	}
	return " under [tool.moult]"
}

// The types below are the tables of the build file. In fields with "expand",
// the value of a build argument replaces ${NAME} before all checks. In tables
// env, the function environment does this, and keeps references to other
// variables.

// settingsTable is [tool.moult]. A target has the same keys.
type settingsTable struct {
	Args         *toml.Node                 `toml:"args"`
	Target       *toml.Node                 `toml:"target"`
	Python       *toml.Node                 `toml:"python,expand"`
	Base         *source.At[string]         `toml:"base,expand"`
	Builder      *source.At[string]         `toml:"builder,expand"`
	Requirements []word                     `toml:"requirements,expand"`
	Extras       []word                     `toml:"extras,expand"`
	Groups       []word                     `toml:"groups,expand"`
	Index        []indexTable               `toml:"index"`
	Apt          aptTable                   `toml:"apt"`
	Apk          apkTable                   `toml:"apk"`
	Dnf          apkTable                   `toml:"dnf"`
	Lock         *toml.Node                 `toml:"lock,expand"`
	Package      toml.Entries[packageTable] `toml:"package"`
	Packaged     *source.At[bool]           `toml:"packaged"`
	Version      *source.At[string]         `toml:"version,expand"`
	Build        buildTable                 `toml:"build"`
	Env          entries                    `toml:"env"`
	User         *toml.Node                 `toml:"user,expand"`
	Workdir      *source.At[string]         `toml:"workdir,expand"`
	Entrypoint   *toml.Node                 `toml:"entrypoint"`
	Cmd          *toml.Node                 `toml:"cmd"`
	Init         *source.At[bool]           `toml:"init"`
	Expose       []*toml.Node               `toml:"expose,expand"`
	Labels       entries                    `toml:"labels,expand"`
	Healthcheck  *toml.Node                 `toml:"healthcheck"`
	Stopsignal   *toml.Node                 `toml:"stopsignal"`
	Volumes      []source.At[string]        `toml:"volumes"`
	Writable     []*toml.Node               `toml:"writable"`
	App          appTable                   `toml:"app"`
	Files        []fileTable                `toml:"files"`
	Stage        toml.Entries[stageTable]   `toml:"stage"`
	Steps        []stepTable                `toml:"steps"`
	Bytecode     *source.At[bool]           `toml:"bytecode"`
}

// targetTable has the keys of [tool.moult.target.NAME] in addition to those of
// settingsTable.
type targetTable struct {
	Description source.At[string]  `toml:"description"`
	Inherits    *source.At[string] `toml:"inherits"`
}

type argTable struct {
	Default     *source.At[string]  `toml:"default"`
	Description source.At[string]   `toml:"description"`
	Choices     []source.At[string] `toml:"choices"`
}

type pythonTable struct {
	Version *source.At[string] `toml:"version"`
	From    *source.At[string] `toml:"from"`
}

type userTable struct {
	Name source.At[string]  `toml:"name,required"`
	UID  *idNumber          `toml:"uid"`
	GID  *idNumber          `toml:"gid"`
	Home *source.At[string] `toml:"home"`
}

type writableTable struct {
	Path source.At[string] `toml:"path,required"`
	Mode *toml.Node        `toml:"mode"`
}

type indexTable struct {
	node    *toml.Node
	Name    source.At[string]  `toml:"name"`
	URL     *source.At[string] `toml:"url"`
	Default bool               `toml:"default"`
	Secret  source.At[string]  `toml:"secret"`
}

func (t *indexTable) NodeTOML(n *toml.Node) { t.node = n }

// conditionTable has the keys for conditions of an entry.
type conditionTable struct {
	When  *source.At[string] `toml:"when,expand"`
	Arch  *toml.Node         `toml:"arch"`
	Extra source.At[string]  `toml:"extra"`
}

type aptTable struct {
	Build        []*toml.Node     `toml:"build,expand"`
	Run          []*toml.Node     `toml:"run,expand"`
	Automatic    *source.At[bool] `toml:"automatic"`
	Env          entries          `toml:"env"`
	Repositories []aptRepository  `toml:"repositories"`
}

// apkTable is [tool.moult.apk] or [tool.moult.dnf].
type apkTable struct {
	Build        []*toml.Node `toml:"build,expand"`
	Run          []*toml.Node `toml:"run,expand"`
	Env          entries      `toml:"env"`
	Repositories []repository `toml:"repositories"`
}

type aptRepository struct {
	repository
	Suite      *source.At[string]  `toml:"suite,expand"`
	Components []source.At[string] `toml:"components,expand"`
}

type repository struct {
	place
	conditionTable
	URL source.At[string] `toml:"url,required,expand"`
	Key *toml.Node        `toml:"key,expand"`
}

type keyTable struct {
	URL    source.At[string] `toml:"url,required"`
	SHA256 source.At[string] `toml:"sha256,required"`
}

// systemPackageTable is a package of a distribution as a table.
type systemPackageTable struct {
	conditionTable
	Name   *source.At[string] `toml:"name"`
	URL    *source.At[string] `toml:"url"`
	SHA256 *source.At[string] `toml:"sha256"`
}

type buildTable struct {
	Constraints *source.At[string] `toml:"constraints,expand"`
	Env         entries            `toml:"env"`
}

type packageTable struct {
	Path           *source.At[string]  `toml:"path"`
	Index          source.At[string]   `toml:"index"`
	Apt            []*toml.Node        `toml:"apt,expand"`
	Apk            []*toml.Node        `toml:"apk,expand"`
	Dnf            []*toml.Node        `toml:"dnf,expand"`
	Env            entries             `toml:"env"`
	NoBinary       bool                `toml:"no-binary"`
	BuildIsolation *bool               `toml:"build-isolation"`
	Network        bool                `toml:"network"`
	Large          bool                `toml:"large"`
	Install        *bool               `toml:"install"`
	Version        *source.At[string]  `toml:"version,expand"`
	BuildRequires  []source.At[string] `toml:"build-requires"`
	ConfigSettings entries             `toml:"config-settings"`
}

type healthcheckTable struct {
	Cmd           *toml.Node         `toml:"cmd,required"`
	Interval      *source.At[string] `toml:"interval"`
	Timeout       *source.At[string] `toml:"timeout"`
	StartPeriod   *source.At[string] `toml:"start-period"`
	StartInterval *source.At[string] `toml:"start-interval"`
	Retries       *source.At[int]    `toml:"retries"`
}

type appTable struct {
	To         *source.At[string]   `toml:"to"`
	Include    *[]source.At[string] `toml:"include"`
	Exclude    []source.At[string]  `toml:"exclude"`
	Executable []source.At[string]  `toml:"executable"`
	ReadOnly   bool                 `toml:"read-only"`
}

type fileTable struct {
	conditionTable
	node     *toml.Node
	Image    *source.At[string]  `toml:"image,expand"`
	Context  *source.At[string]  `toml:"context"`
	Stage    *source.At[string]  `toml:"stage"`
	URL      *toml.Node          `toml:"url,expand"`
	SHA256   *toml.Node          `toml:"sha256,expand"`
	Unpack   *source.At[bool]    `toml:"unpack"`
	Strip    *source.At[int]     `toml:"strip"`
	From     *source.At[string]  `toml:"from,expand"`
	To       source.At[string]   `toml:"to,required"`
	Exclude  []source.At[string] `toml:"exclude"`
	Mode     *toml.Node          `toml:"mode"`
	Owner    *source.At[string]  `toml:"owner"`
	Bytecode *source.At[bool]    `toml:"bytecode"`
	In       *toml.Node          `toml:"in"`
}

func (t *fileTable) NodeTOML(n *toml.Node) { t.node = n }

type stageTable struct {
	node    *toml.Node
	Image   *source.At[string]  `toml:"image,expand"`
	Dir     *source.At[string]  `toml:"dir"`
	Exclude []source.At[string] `toml:"exclude"`
	Workdir *source.At[string]  `toml:"workdir,expand"`
	Env     entries             `toml:"env"`
	Apt     []*toml.Node        `toml:"apt,expand"`
	Apk     []*toml.Node        `toml:"apk,expand"`
	Dnf     []*toml.Node        `toml:"dnf,expand"`
	Venv    bool                `toml:"venv"`
	Steps   []stepTable         `toml:"steps"`
	Outputs entries             `toml:"outputs"`
}

func (t *stageTable) NodeTOML(n *toml.Node) { t.node = n }

type stepTable struct {
	conditionTable
	node    *toml.Node
	Name    source.At[string]    `toml:"name"`
	Run     *toml.Node           `toml:"run,required"`
	Env     entries              `toml:"env"`
	Secrets []*toml.Node         `toml:"secrets"`
	Caches  []*toml.Node         `toml:"caches"`
	Network bool                 `toml:"network"`
	SSH     bool                 `toml:"ssh"`
	Inputs  *[]source.At[string] `toml:"inputs"`
	Outputs *[]source.At[string] `toml:"outputs"`
	In      *source.At[string]   `toml:"in"`
}

func (t *stepTable) NodeTOML(n *toml.Node) { t.node = n }

type secretTable struct {
	ID       source.At[string]  `toml:"id,required"`
	File     *source.At[string] `toml:"file"`
	Env      *source.At[string] `toml:"env"`
	Optional bool               `toml:"optional"`
}

type cacheTable struct {
	Path source.At[string] `toml:"path,required"`
	ID   source.At[string] `toml:"id"`
}

// place has the position of a table in an array.
type place struct{ pos source.Pos }

func (p *place) PlaceTOML(pos source.Pos) { p.pos = pos }

// word is a string that may be the result of ${NAME}. If it is then empty, it
// counts as missing.
type word struct {
	source.At[string]
	// expanded is true if the string in the file has ${...}.
	expanded bool
}

func (w *word) UnmarshalTOML(n *toml.Node) error {
	if err := n.Expect(toml.String); err != nil {
		return err
	}
	w.V, w.Pos, w.expanded = n.Str, n.Pos(), n.Written != ""
	return nil
}

// idNumber is a number, or a string of digits, which is the form of a build
// argument.
type idNumber struct{ source.At[int] }

func (i *idNumber) UnmarshalTOML(n *toml.Node) error {
	i.Pos = n.Pos()
	if n.Kind == toml.String {
		v, err := strconv.Atoi(n.Str)
		if err != nil || !number.MatchString(n.Str) {
			return source.Errorf(n.Pos(), "%s: %q is not a number", n.Path(), n.Str)
		}
		i.V = v
		return nil
	}
	i.V = int(n.Int)
	return n.Expect(toml.Int)
}
