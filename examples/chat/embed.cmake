# Makes the files of page/ part of the program: run with SOURCE, the folder, and OUTPUT.
set(text "#include \"chat.h\"\n")
foreach(asset page:index.html style:style.css script:script.js)
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
