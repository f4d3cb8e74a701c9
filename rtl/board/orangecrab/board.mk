# OrangeCrab r0.2 with an LFE5U-25F; see rtl/tools/bit.sh.  Flashed through its
# bootloader: hold the button while plugging it in.
BOARD_FAMILY  := ecp5
BOARD_DEVICE  := 25k
BOARD_PACKAGE := CSFBGA285
BOARD_SYNTH   :=
BOARD_WIDTH   := 64
BOARD_MHZ     := 48
BOARD_FLASH   := dfu-util -d 1209:5af0 -a 0 -R -D
