# Makes files of a page part of a program: run with HEADER, which declares them; SOURCE, their folder; ASSETS, a list of
# NAME:FILE, each an array asset_NAME with its asset_NAME_size; and OUTPUT.
set(text "#include \"${HEADER}\"\n")
foreach(asset IN LISTS ASSETS)
  string(REPLACE ":" ";" asset ${asset})
  list(GET asset 0 name)
  list(GET asset 1 file)
  file(READ ${SOURCE}/${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND text "const unsigned char asset_${name}[] = {\n${bytes}};\n"
    "const unsigned long asset_${name}_size = sizeof asset_${name};\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
