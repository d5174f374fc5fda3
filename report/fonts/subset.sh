#!/bin/sh
# Makes the font files beside this script from npm's inter-ui 4.1.1: the characters of Latin languages, the signs our
# pages use, and tabular figures. The pages embed the woff2; vl-convert measures labels with the ttf.
# Needs npm, and Python with fonttools and brotli.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent inter-ui@4.1.1 >/dev/null
tar xzf inter-ui-4.1.1.tgz
letters="U+0020-007E,U+00A0-017F,U+0218-021B"
marks="U+02C6,U+02DA,U+02DC,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,U+2032,U+2033,U+2039,U+203A,U+2044"
money="U+20A9,U+20AA,U+20AC,U+20B9,U+20BA,U+20BD"
signs="U+2122,U+2190-2193,U+2212,U+2248,U+2260,U+2264,U+2265,U+25A0,U+25B2,U+25B6,U+25BC,U+25C0,U+25CF"
subset() {
    pyftsubset "package/$1.woff2" --unicodes="$letters,$marks,$money,$signs" --no-hinting --name-IDs='*' \
        --layout-features=kern,liga,ccmp,locl,tnum --flavor=woff2 --output-file="$here/$(basename "$1").woff2"
}
unpack() {
    python -c 'import sys; from fontTools.ttLib import TTFont
font = TTFont(sys.argv[1]); font.flavor = None; font.save(sys.argv[2])' "$here/$1.woff2" "$here/$1.ttf"
}
subset web/Inter-Regular
subset web/Inter-SemiBold
subset display/InterDisplay-SemiBold
unpack Inter-Regular
unpack Inter-SemiBold
cp package/LICENSE.txt "$here/OFL.txt"
