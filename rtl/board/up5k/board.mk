# iCEBreaker; see rtl/tools/bit.sh.
BOARD_FAMILY  := ice40
BOARD_DEVICE  := up5k
BOARD_PACKAGE := sg48
BOARD_SYNTH   := -device u -dff
BOARD_WIDTH   := 32
BOARD_MHZ     := 12
BOARD_FLASH   := iceprog
# Clocks of a bit on rx and tx, for boards whose bits can be run: no PLL.
BOARD_PINS    := 4
# Functions for which it takes multipliers and large memories of the UltraPlus, which are
# not known to what turns bits back into Verilog.
ifneq (,$(filter pss_correlate,$(FN)))
BOARD_SYNTH += -dsp -spram
BOARD_PINS  :=
endif
