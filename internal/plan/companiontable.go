package plan

// companion are Debian packages that a Python package cannot work without, and
// that its wheel does not have.
type companion struct {
	// python is the Python package, by its normalized name.
	python string
	// debian are the names in Debian 12 and older and in Ubuntu 22.04 and older,
	// newer those since the change to 64-bit times; nil if they are the same.
	debian, newer []string
	// build are the Debian packages without which the Python package cannot be compiled,
	// beyond those that the official images have; buildNewer more of them since the
	// change to 64-bit times.
	build, buildNewer []string
	// requested is true if the Python package uses the others only in some of its
	// functions, so that they are installed only for a direct requirement.
	requested bool
	// compiled is true if a wheel of the Python package has the libraries, so that only one
	// that is compiled here needs them. pure is true if the wheels for a platform have them,
	// and the one for every platform does not.
	compiled, pure bool
	// wheel is true if there are wheels, which lack the libraries: only a source has to be
	// compiled.
	wheel bool
	// recent is true if the names are those of Debian 12 and 13 alone.
	recent bool
	// without are Python packages that bring the same themselves.
	without []string
}

// companions are sorted by their Python packages. The list has what every
// Dockerfile with these packages installs, and nothing for tastes. Python packages
// without a wheel for Linux have build; for others a compiler's error names the header.
var companions = []companion{
	{python: "cairocffi", debian: []string{"libcairo2"}},
	{python: "cairosvg", debian: []string{"libcairo2"}},
	{python: "dbus-python", debian: []string{"libdbus-1-3", "libglib2.0-0"}, newer: []string{"libdbus-1-3", "libglib2.0-0t64"}, build: []string{"libdbus-1-dev"}},
	{python: "django-auth-ldap", build: ldapHeaders},
	{python: "ffmpeg-normalize", debian: []string{"ffmpeg"}, requested: true},
	{python: "ffmpeg-python", debian: []string{"ffmpeg"}, requested: true},
	{python: "ffmpy", debian: []string{"ffmpeg"}, requested: true},
	{python: "gitpython", debian: []string{"git"}, requested: true},
	{python: "graphviz", debian: []string{"graphviz"}, requested: true},
	{python: "gssapi", debian: []string{"libgssapi-krb5-2"}},
	{python: "h2o", debian: []string{java}, requested: true},
	{python: "jaydebeapi", debian: []string{java}, requested: true},
	{python: "jpype1", debian: []string{java}, requested: true},
	{python: "kerberos", debian: []string{"libgssapi-krb5-2"}},
	{python: "konlpy", debian: []string{java}, requested: true},
	{python: "language-tool-python", debian: []string{java}, requested: true},
	{python: "libusb1", debian: []string{"libusb-1.0-0"}, pure: true},
	{python: "libvirt-python", debian: []string{"libvirt0"}, build: []string{"libvirt-dev"}},
	{python: "m2crypto", build: []string{"swig"}},
	{python: "mysqlclient", debian: []string{"libmariadb3"}},
	{python: "openai-whisper", debian: []string{"ffmpeg"}, requested: true},
	{python: "opencv-contrib-python", debian: []string{"libgl1", "libglib2.0-0"}, newer: []string{"libgl1", "libglib2.0-0t64"}},
	{python: "opencv-python", debian: []string{"libgl1", "libglib2.0-0"}, newer: []string{"libgl1", "libglib2.0-0t64"}},
	{python: "pdf2image", debian: []string{"poppler-utils"}, requested: true},
	{python: "phonemizer", debian: []string{"espeak-ng"}, requested: true},
	{python: "psycopg", debian: []string{"libpq5"}, without: []string{"psycopg-binary"}},
	{python: "psycopg2", debian: []string{"libpq5"}},
	{python: "pyaudio", debian: []string{"libportaudio2"}, build: []string{"portaudio19-dev"}},
	{python: "pycairo", debian: []string{"libcairo2"}, build: []string{"libcairo2-dev"}},
	{python: "pycups", debian: []string{"libcups2"}, newer: []string{"libcups2t64"}, build: []string{"libcups2-dev"}},
	{python: "pycurl", debian: []string{"libcurl4"}, newer: []string{"libcurl4t64"}, compiled: true},
	{python: "pydub", debian: []string{"ffmpeg"}, requested: true},
	{python: "pyenchant", debian: []string{"libenchant-2-2"}},
	{python: "pygobject", debian: []string{"gir1.2-glib-2.0", "libcairo-gobject2", "libgirepository-1.0-1"}, newer: []string{"gir1.2-glib-2.0", "libcairo-gobject2", "libgirepository-1.0-1", "libgirepository-2.0-0"},
		build: []string{"libcairo2-dev", "libgirepository1.0-dev"}, buildNewer: []string{"libgirepository-2.0-dev"}, recent: true},
	{python: "pygraphviz", debian: []string{"graphviz"}, build: []string{"libgraphviz-dev"}},
	{python: "pylibdmtx", debian: []string{"libdmtx0b"}, newer: []string{"libdmtx0t64"}, recent: true},
	{python: "pymediainfo", debian: []string{"libmediainfo0v5"}, pure: true},
	{python: "pyodbc", debian: []string{"libodbc2"}, build: []string{"unixodbc-dev"}, wheel: true, recent: true},
	{python: "pypandoc", debian: []string{"pandoc"}, requested: true, without: []string{"pypandoc-binary"}},
	{python: "pyspark", debian: []string{java}, requested: true},
	{python: "pysqlcipher3", debian: []string{"libsqlcipher0"}, newer: []string{"libsqlcipher1"}, build: []string{"libsqlcipher-dev"}, recent: true},
	{python: "pytesseract", debian: []string{"tesseract-ocr"}, requested: true},
	{python: "python-ffmpeg", debian: []string{"ffmpeg"}, requested: true},
	{python: "python-ldap", debian: []string{"libldap-2.5-0"}, newer: []string{"libldap2"}, build: ldapHeaders, recent: true},
	{python: "python-magic", debian: []string{"libmagic1"}, newer: []string{"libmagic1t64"}},
	{python: "python-snappy", debian: []string{"libsnappy1v5"}, build: []string{"libsnappy-dev"}, compiled: true},
	{python: "pyusb", debian: []string{"libusb-1.0-0"}},
	{python: "pyzbar", debian: []string{"libzbar0"}, newer: []string{"libzbar0t64"}},
	{python: "sounddevice", debian: []string{"libportaudio2"}},
	{python: "soundfile", debian: []string{"libsndfile1"}, pure: true},
	{python: "systemd-python", debian: []string{"libsystemd0"}, build: []string{"libsystemd-dev"}},
	{python: "tabula-py", debian: []string{java}, requested: true},
	{python: "tika", debian: []string{java}, requested: true},
	{python: "uwsgi", debian: []string{"libxml2"}, recent: true},
	{python: "wand", debian: []string{"libmagickwand-6.q16-6"}, newer: []string{"libmagickwand-7.q16-10"}, recent: true},
	{python: "weasyprint", debian: []string{"libpango-1.0-0", "libpangoft2-1.0-0"}},
	{python: "xmlsec", debian: []string{"libxmlsec1-openssl"}, newer: []string{"libxmlsec1t64-openssl"}, build: []string{"libxmlsec1-dev"}, compiled: true},
}

// ldapHeaders are the headers of OpenLDAP and of its logins.
var ldapHeaders = []string{"libldap-dev", "libsasl2-dev"}
