#!/bin/sh
# embed.sh FILE...: C source with the bytes of each file: page_html and page_html_size for page.html.
set -eu
export LC_ALL=C
printf '#include "report/page_parts.h"\n'
for file; do
    name=$(basename "$file" | tr . _)
    printf 'const unsigned char %s[] = {\n' "$name"
    od -An -v -tu1 "$file" | sed 's/ *\([0-9][0-9]*\)/\1,/g'
    printf '};\nconst size_t %s_size = sizeof %s;\n' "$name" "$name"
done
