package install

import "strings"

// activate returns the text of bin/activate, which scripts for other images
// read into their shell: `. /opt/venv/bin/activate`. The image's configuration
// already has the same variables, so the file has an effect only if a script
// has changed them. The prefix has no character that a shell interprets, see
// Target.Check.
func (s Skeleton) activate() string {
	return strings.ReplaceAll(`# Puts a virtual environment first in the search path of a POSIX shell:
#     . PREFIX/bin/activate
deactivate() {
    if [ -n "${_MOULT_PATH+set}" ]; then
        PATH=$_MOULT_PATH
        export PATH
        unset _MOULT_PATH
    fi
    unset VIRTUAL_ENV
}

_MOULT_PATH=${PATH-}
VIRTUAL_ENV="PREFIX"
export VIRTUAL_ENV
case ":${PATH-}:" in
":PREFIX/bin:"*) ;;
*)
    PATH="PREFIX/bin${PATH:+:$PATH}"
    export PATH
    ;;
esac
unset PYTHONHOME
hash -r 2>/dev/null || true
`, "PREFIX", s.Prefix)
}
