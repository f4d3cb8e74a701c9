# ULX3S with an LFE5U-85F; see rtl/tools/bit.sh.
BOARD_FAMILY  := ecp5
BOARD_DEVICE  := 85k
BOARD_PACKAGE := CABGA381
BOARD_SYNTH   :=
BOARD_WIDTH   := 64
BOARD_MHZ     := 25
BOARD_FLASH   := openFPGALoader -b ulx3s -f
