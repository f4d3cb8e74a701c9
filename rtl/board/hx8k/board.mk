# Lattice iCE40-HX8K-B-EVN; see rtl/tools/bit.sh.  Jumpers for the flash as it comes.
BOARD_FAMILY  := ice40
BOARD_DEVICE  := hx8k
BOARD_PACKAGE := ct256
BOARD_SYNTH   := -device hx -dff
BOARD_WIDTH   := 64
BOARD_MHZ     := 60
BOARD_FLASH   := iceprog
