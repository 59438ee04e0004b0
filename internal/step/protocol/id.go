package protocol

// ID says what a vertex of the graph does, so that a failure can be reported
// at the line that asked for it. It is in the vertex's description, which is
// not part of its cache key, and an error contains it.
type ID string

// Description is the key of an ID in a vertex's description.
const Description = "moult.step"

// The ids of vertices that occur once in a plan.
const (
	ResolveID   ID = "resolve"
	LocateID    ID = "locate"
	AccountsID  ID = "accounts"
	AddPythonID ID = "python"
)

// WheelID is the build of a package's wheel, PrepareID that of the
// environment for it, AskID the request for its backend's requirements,
// AskedID the environment with these, ChooseID the choice of its file.
func WheelID(pkg string) ID   { return ID("wheel " + pkg) }
func PrepareID(pkg string) ID { return ID("prepare " + pkg) }
func AskID(pkg string) ID     { return ID("ask " + pkg) }
func AskedID(pkg string) ID   { return ID("prepare asked " + pkg) }
func ChooseID(pkg string) ID  { return ID("choose " + pkg) }

// DownloadID is the download of a locked file.
func DownloadID(sha256 string) ID { return ID("download " + sha256) }

// GitID is the fetch of a package's locked commit.
func GitID(pkg string) ID { return ID("git " + pkg) }

// FilesID is the selection of files for a copy that is described by a text, and
// the copy.
func FilesID(what string) ID { return ID("files " + what) }

// UnpackID is the unpacking of the archive that files come from.
func UnpackID(what string) ID { return ID("unpack " + what) }

// The ids of the installations of a distribution's packages: those of the
// image, of the builder, of the init process, of one package's build and of a
// stage.
const (
	RunPackagesID   ID = "packages run"
	BuildPackagesID ID = "packages build"
	InitPackagesID  ID = "packages init"
)

func WheelPackagesID(pkg string) ID   { return ID("packages of wheel " + pkg) }
func StagePackagesID(stage string) ID { return ID("packages of stage " + stage) }
