# make.sh NAME: builds NAME.spec, signs the packages with a new key, and makes the repository /NAME with the key in it.
set -eu
export HOME=/tmp/$1 GNUPGHOME=/tmp/$1/keys
mkdir -p -m 700 "$GNUPGHOME" "/$1"
gpg --batch --quiet --passphrase '' --quick-generate-key "lab $1" rsa3072 sign never
gpg --export --armor >"/$1/key.asc"
rpmbuild --quiet -bb --define "_topdir /tmp/$1/build" --define '_build_id_links none' --define 'debug_package %{nil}' "/rpms/$1.spec"
find "/tmp/$1/build/RPMS" -name '*.rpm' -exec cp {} "/$1/" \;
rpmsign --define "_gpg_name lab $1" --define "_openpgp_sign_id lab $1" --addsign "/$1/"*.rpm
createrepo_c --quiet "/$1"
