# precast - packet and radio functions in C and RTL, moved while traffic flows.
#
#   make             build/precast and the Verilated images of the fabric
#   make run         deps, build, and the main job on generated input
#   make check       deps, build, all tests
#   make lint        layers, layout, warnings as errors, Verilog in three tools
#   make analyze     clang-tidy, cppcheck, gcc -fanalyzer
#   make nightly     the long forms: conformance, false alarms, bisect, repair, campaigns
#   make formal      proofs of the stream and link parts
#   make trace       the image that `precast twin bisect` studies: FN=acl_cache
#   make bit         a bitstream: BOARD=hx8k|up5k|ulx3s|orangecrab FN=acl_cache
#   make flash       loads it into the board: BOARD=
#   make mutants     images for `precast twin campaign --faults logic,config`: FN=acl_cache
#   make mutants-bits   and for --faults bits
#   make fuzz        libFuzzer on headers, settings, receivers, packet functions: FN="acl bridge" SECONDS=60
#   make bench       speed of each function and body
#   make bench-dpdk  speed of tables and functions beside DPDK's, where libdpdk-dev (and dpdk) is installed
#   make bench-dpi   speed of literals in packets beside Hyperscan's
#   make bench-fft   speed of fft64 and fft128 beside FFTW's, where libfftw3-dev is installed
#   make bench-fir   speed of fir_decim beside liquid-dsp's, and of stf_detect
#   make bench-lte   the LTE receiver's search: speed, and the noise it stands
#   make bench-nr    the NR receiver: speed, and the noise it stands
#   make bench-nft   speed of firewall and nat44 beside the kernel's nftables
#   make bench-wifi  the Wi-Fi receiver: speed, and the noise it stands
#   make deps        installs what is missing (Debian packages; root or sudo)
#   make install     program, images, FMUs, man page, completion: DESTDIR= PREFIX=
#   make clean       removes build/
#
# SAN=address,undefined or SAN=thread builds and tests with sanitizers, in a
# folder of their own.  V=1 shows commands whole.

PREFIX  ?= /usr/local
comma   := ,
BUILD   := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
GEN     := $(BUILD)/gen
ifeq (,$(filter -j%,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc) -Otarget
endif
Q := $(if $(V),,@)
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# --- what has to be installed, and why ---------------------------------------
DEPS := \
    gcc            "compiles C" \
    g++            "compiles the Verilated fabric" \
    libc6-dev      "C library headers" \
    verilator      "simulates the RTL bodies; lint" \
    libpcap-dev    "capture files" \
    libyaml-dev    "chain files" \
    libjansson-dev "JSON lines" \
    libmd-dev      "SHA-256 of images" \
    libzip-dev     "FMUs are zip archives" \
    libliquid-dev  "resampling, FFT" \
    libzmq3-dev    "telemetry to who listens" \
    libsqlite3-dev "history of the twin" \
    libhyperscan-dev "regular expressions in packets" \
    zlib1g-dev     "traces of the Verilated fabric" \
    libcmocka-dev  "unit tests" \
    iproute2       "the tests lay wires in network namespaces" \
    libxml2-utils  "the tests check FMUs with xmllint" \
    tshark         "the tests read captures of a scan with it" \
    python3        "scores against ../shared in the tests" \
    clang          "compiles the Verilated fabric of 256 bits; lint" \
    libclang-rt-14-dev "fuzz: libFuzzer" \
    clang-format   "lint: layout" \
    clang-tidy     "analyze: names, sizes, bugs" \
    cppcheck       "analyze: bugs" \
    yosys          "lint: RTL is synthesizable; proofs" \
    iverilog       "lint: a third reading of the RTL"

# only for bitstreams
DEPS_BIT := \
    yosys               "bit: synthesis" \
    nextpnr-ice40       "bit: place and route for iCE40" \
    fpga-icestorm       "bit: icepack, icetime, icebox_vlog, iceprog" \
    fpga-icestorm-chipdb "bit: what icetime and icebox_vlog know of the chips"

# --- what there is -------------------------------------------------------------
FN_DIRS  := $(patsubst %/,%,$(sort $(dir $(wildcard net/fn/*/*.csr sdr/fn/*/*.csr))))
FNS      := $(notdir $(FN_DIRS))
RTL_FNS  := $(foreach d,$(FN_DIRS),$(if $(wildcard $d/$(notdir $d).v),$(notdir $d)))
fn_dir    = $(filter %/fn/$1,$(FN_DIRS))
SRC      := $(wildcard core/*.c core/*/*.c net/*/*.c net/fn/*/*.c sdr/*/*.c \
              sdr/fn/*/*.c sim/*.c drivers/*.c drivers/*/*.c twin/*.c host/*/*.c)
TEST_SRC := $(filter %_test.c,$(SRC)) $(wildcard tests/*_test.c tests/*/*_test.c)
MAIN_SRC := host/cli/main.c
# what is inside an FMU only
FMU_SRC  := $(addprefix host/fmu/,fmu.c fmu_access.c fmu_state.c fmu_unused.c)
LIB_SRC  := $(filter-out %_test.c $(MAIN_SRC) $(FMU_SRC),$(SRC))
HEADERS  := $(wildcard core/*.h core/*/*.h net/*/*.h net/fn/*/*.h sdr/*/*.h \
              sdr/fn/*/*.h sim/*.h drivers/*.h drivers/*/*.h twin/*.h host/*/*.h tests/*.h tests/*/*.h)
RTL      := $(wildcard rtl/*/*.v)
CSR_H    := $(FNS:%=$(GEN)/%_csr.h) $(GEN)/common_csr.h $(GEN)/fabric_csr.h
GEN_ALL  := $(CSR_H) $(CSR_H:.h=.v) $(CSR_H:.h=.md) $(RTL_FNS:%=$(GEN)/%/slot_body.v) $(GEN)/fn_list.h
IMAGES   := $(foreach f,$(RTL_FNS),$(foreach k,w32 w64 w256 w64-fault,$(BUILD)/image/$f-$k.so))
MANIFESTS := $(RTL_FNS:%=$(BUILD)/image/%.yaml)
BOARDS   := $(addprefix $(BUILD)/image/,acl-board64.so acl_cache-board64.so scale-board32.so echo-board64.so echo-board32.so)
IMAGES   += $(foreach w,32 64,$(BUILD)/image/crossbar-w$w.so)
TEST_IMAGES = $(BOARDS) $(NETLIST) $(BUILD)/mutant/logic/scale.same $(RTL_FNS:%=$(BUILD)/trace/%-w64.so) $(foreach w,32 64,$(BUILD)/test/image/crossbar_pair-w$w.so)
# functions of packets or of 16-bit samples, as FMUs
FMU_FNS  := $(foreach d,$(FN_DIRS),$(if $(shell grep -E '^stream +(pkt +pkt|iq16 +iq16)' \
              $d/$(notdir $d).csr),$(notdir $d)))
FMUS     := $(FMU_FNS:%=$(BUILD)/fmu/%.so)
TESTS    := $(TEST_SRC:%.c=$(BUILD)/test/%)

# --- how it is compiled ----------------------------------------------------------
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wundef -Wvla -Wpointer-arith -Wcast-qual
CFLAGS  ?= -O2 -g
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
C_ALL    = -std=c17 -D_GNU_SOURCE $(CFLAGS) $(WARN) $(SANFLAG) -I. -I$(GEN)
LIBS    := -lpcap -lyaml -ljansson -lliquid -lmd -lzip -lzmq -lsqlite3 -lhs -ldl -lm

# Goals that promise to install what is missing do so before anything compiles.
ifneq (,$(filter run check lint analyze nightly formal bench bench-dpi bench-fir bench-lte bench-nft bench-nr bench-wifi fuzz,$(MAKECMDGOALS)))
READY := build/deps.ok
endif

.PHONY: all deps run check nightly lint analyze formal bench bench-dpdk bench-dpi bench-fft bench-fir bench-lte bench-nft bench-nr bench-wifi install clean FORCE
all: $(BUILD)/precast $(IMAGES) $(MANIFESTS) $(FMUS) $(CSR_H:.h=.md)

build/deps.ok: Makefile tests/deps.sh
deps build/deps.ok:
	$(Q)tests/deps.sh $(DEPS)
	$(Q)mkdir -p build && touch build/deps.ok

$(GEN)/%_csr.h $(GEN)/%_csr.v $(GEN)/%_csr.md $(GEN)/%/slot_body.v: rtl/tools/csrgen.awk | $(READY)
	$(Q)mkdir -p $(GEN)/$*
	$(Q)for out in h v md body; do \
	    case $$out in body) to=$(GEN)/$*/slot_body.v;; *) to=$(GEN)/$*_csr.$$out;; esac; \
	    awk -v name=$* -v out=$$out -f $< $(call csr_of,$*) > $$to || exit 1; \
	done
csr_of = $(if $(filter common fabric,$1),rtl/$1.csr,$(call fn_dir,$1)/$1.csr)
define csr_rule
$(GEN)/$1_csr.h: $(call csr_of,$1)
endef
$(foreach f,$(FNS) common fabric,$(eval $(call csr_rule,$f)))

# Rewritten whenever its text differs, so that a removed folder is noticed, too.
$(GEN)/fn_list.h: FORCE | $(READY)
	$(Q)mkdir -p $(GEN)
	$(Q){ echo '/* Generated from the folders under net/fn and sdr/fn. */'; \
	   printf 'FN(%s)\n' $(foreach f,$(sort $(FNS)),"$f, $(if $(filter $f,$(RTL_FNS)),true,false)"); } > $@.new
	$(Q)cmp -s $@ $@.new || cp $@.new $@

$(BUILD)/obj/%.o: %.c | $(READY) $(CSR_H) $(GEN)/fn_list.h
	@echo "CC $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/libprecast.a: $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
	@echo "AR $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/precast: $(MAIN_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)$(CC) $(C_ALL) -o $@ $^ $(LIBS)

$(BUILD)/test/%: $(BUILD)/obj/%.o $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_ALL) -o $@ $^ $(LIBS) -lcmocka

-include $(patsubst %.c,$(BUILD)/obj/%.d,$(SRC) $(wildcard tests/*_test.c tests/*/*_test.c))

# --- FMUs: the C body of one function behind the C API of FMI 3.0 --------------------
# Only fmi3* is visible; what a function needs beyond these files is a link error.
# what a function needs beyond the C library and its folder: FMU_LIBS_NAME, FMU_SRC_NAME
FMU_LIBS_dpi := -lhs
FMU_SRC_viterbi_k7 := $(filter-out %_test.c,$(wildcard sdr/dsp/viterbi_k7*.c))
FMU_SRC_viterbi_tb := sdr/dsp/viterbi_tb.c
FMU_SRC_fft64 := $(filter-out %_test.c %/fft_lent.c,$(wildcard sdr/fft/*.c))
FMU_SRC_fft128 := $(FMU_SRC_fft64)
fmu_src = $(FMU_SRC) host/fmu/fmu_vars.c core/body.c core/blob.c core/digest.c core/digest_clmul.c core/base/err.c core/base/text.c $(FMU_SRC_$1) \
          core/base/crc32c.c core/base/crc32c_sse42.c \
          $(filter-out %_test.c,$(wildcard $(call fn_dir,$1)/*.c $(if $(filter net/%,$(call fn_dir,$1)),net/table/*.c core/net_text.c core/net_vlans.c)))
define fmu_rule
$(BUILD)/fmu/$1.so: $(call fmu_src,$1) $(wildcard core/*.h core/base/*.h host/fmu/*.h $(call fn_dir,$1)/*.h) $(GEN)/$1_csr.h | $(READY)
	@echo "FMU $$(@F)"
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC) $$(C_ALL) -fPIC -fvisibility=hidden -shared -Wl,-Bsymbolic $(if $(SAN),,-Wl$(comma)-z$(comma)defs) \
	    -Dfmu_fn=$1_fn -o $$@.new $(call fmu_src,$1) $(FMU_LIBS_$1)
	$$(Q)mv $$@.new $$@
endef
$(foreach f,$(FMU_FNS),$(eval $(call fmu_rule,$f)))

# --- images: one slot with one function, Verilated -------------------------------
# Hidden visibility, no unique symbols and -Bsymbolic: without them images bind to
# each other and are never unloaded.
CXX_MODEL = -std=c++17 -O2 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden \
            $(if $(findstring clang,$(CXX)),,-fno-gnu-unique) -DVL_TIME_CONTEXT -I. -I$(VL) -I$(VL)/vltstd
# Sanitizers watch what is ours, not what Verilator made: that takes too long.
CXX_IMAGE = $(CXX_MODEL) $(SANFLAG)
# $1 folder of a model, $2 more flags: an object of each source
model_objects = for f in $1/*.cpp; do $(CXX) $(CXX_MODEL) $2 -I$1 -c -o $$f.o $$f || exit 1; done
# Trees of bits come out wrong in 5.006, XOR in netlists for one (like its issue 4059); without
# them models are as fast.
VERILATE := verilator --cc -O3 --noassert --x-assign fast --x-initial fast -fno-const-bit-op-tree
# Models of 256 bits are up to 1.4 times as fast by clang, narrow ones are not.
# Sanitizers want one compiler for all.
CXX_WIDE := $(if $(SAN),$(CXX),clang++)
VL       := /usr/share/verilator/include

$(BUILD)/verilated.o: | $(READY)
	@echo "CXX verilated"
	$(Q)mkdir -p $(BUILD)
	$(Q)$(CXX) $(CXX_MODEL) -w -c -o $(BUILD)/verilated-1.o $(VL)/verilated.cpp
	$(Q)$(CXX) $(CXX_MODEL) -w -c -o $(BUILD)/verilated-2.o $(VL)/verilated_threads.cpp
	$(Q)ld -r -o $@ $(BUILD)/verilated-1.o $(BUILD)/verilated-2.o

rtl_of = rtl/shell/slot.v rtl/shell/slot_watch.v rtl/link/link_crc32c.v $(GEN)/$1/slot_body.v $(GEN)/$1_csr.v $(GEN)/common_csr.v \
         $(wildcard $(call fn_dir,$1)/*.v) $(wildcard rtl/axis/*.v rtl/net/*.v $(if $(filter sdr/%,$(call fn_dir,$1)),rtl/dsp/*.v))
IMAGE_SRC := sim/image.cpp sim/image_ahead.hpp sim/image_faults.hpp sim/image_trace.hpp sim/model.hpp sim/image.h
# $1 function, $2 width, $3 file suffix, $4 flags for Verilator, $5 faults 0 or 1
define image_rule
$(if $(filter 256,$2),$(BUILD)/image/$1-w$2$3.so: private CXX := $(CXX_WIDE))
$(BUILD)/image/$1-w$2$3.so: $(call rtl_of,$1) $(IMAGE_SRC) $(filter %.vlt,$4) $(BUILD)/verilated.o
	@echo "IMAGE $$(@F)"
	$$(Q)rm -rf $(BUILD)/verilated/$1-w$2$3 && mkdir -p $(BUILD)/verilated/$1-w$2$3 $$(@D)
	$$(Q)$(VERILATE) --prefix Vslot --top-module slot -GW=$2 $4 \
	    -GBUILD="32'h$$$$(cat $(call rtl_of,$1) | sha256sum | cut -c1-8)" \
	    --Mdir $(BUILD)/verilated/$1-w$2$3 $(call rtl_of,$1)
	$$(Q)$$(call model_objects,$(BUILD)/verilated/$1-w$2$3,)
	$$(Q)$$(CXX) $$(CXX_IMAGE) -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/$1-w$2$3 \
	    -DIMAGE_FN='"$1"' -DIMAGE_WIDTH=$2 -DIMAGE_FAULTS=$5 -o $$@.new sim/image.cpp \
	    $(BUILD)/verilated/$1-w$2$3/*.o $(BUILD)/verilated.o
	$$(Q)mv $$@.new $$@
endef
$(foreach f,$(RTL_FNS),$(eval $(call image_rule,$f,32,,,0)))
$(foreach f,$(RTL_FNS),$(eval $(call image_rule,$f,64,,,0)))
$(foreach f,$(RTL_FNS),$(eval $(call image_rule,$f,256,,,0)))
$(foreach f,$(RTL_FNS),$(eval $(call image_rule,$f,64,-fault,sim/image_faults.vlt,1)))

# --- trace images: with faults, and the signals of every clock as FST -----------------
# In a folder of their own: they are for studying (precast twin bisect), not for chains.
$(BUILD)/verilated-fst.o: | $(READY)
	@echo "CXX verilated-fst"
	$(Q)mkdir -p $(BUILD)
	$(Q)$(CXX) $(CXX_MODEL) -w -c -o $@ $(VL)/verilated_fst_c.cpp

define trace_rule
$(BUILD)/trace/$1-w64.so: $(call rtl_of,$1) $(IMAGE_SRC) sim/image_faults.vlt $(BUILD)/verilated.o $(BUILD)/verilated-fst.o
	@echo "IMAGE trace/$$(@F)"
	$$(Q)rm -rf $(BUILD)/verilated/$1-trace && mkdir -p $(BUILD)/verilated/$1-trace $$(@D)
	$$(Q)$(VERILATE) --prefix Vslot --top-module slot -GW=64 sim/image_faults.vlt --trace-fst \
	    -GBUILD="32'h$$$$(cat $(call rtl_of,$1) | sha256sum | cut -c1-8)" \
	    --Mdir $(BUILD)/verilated/$1-trace $(call rtl_of,$1)
	$$(Q)$$(call model_objects,$(BUILD)/verilated/$1-trace,)
	$$(Q)$$(CXX) $$(CXX_IMAGE) -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/$1-trace \
	    -DIMAGE_FN='"$1"' -DIMAGE_WIDTH=64 -DIMAGE_FAULTS=1 -DIMAGE_TRACE -o $$@.new sim/image.cpp \
	    $(BUILD)/verilated/$1-trace/*.o $(BUILD)/verilated.o $(BUILD)/verilated-fst.o -lz
	$$(Q)mv $$@.new $$@
endef
$(foreach f,$(RTL_FNS),$(eval $(call trace_rule,$f)))

# What a folder of images says about those of one function.
define manifest_rule
$(BUILD)/image/$1.yaml: rtl/tools/manifest.sh $(filter $(BUILD)/image/$1-%,$(IMAGES)) \
    $(GEN)/$1_csr.h $(wildcard $(BUILD)/bit/$1-*.entry)
	@echo "MANIFEST $$(@F)"
	$$(Q)CXX="$$(CXX)" CXX_WIDE="$$(CXX_WIDE)" rtl/tools/manifest.sh $1 $(BUILD) $(call rtl_of,$1) >$$@.new
	$$(Q)mv $$@.new $$@
endef
$(foreach f,$(RTL_FNS),$(eval $(call manifest_rule,$f)))

# --- netlists: what synthesis makes of a slot, as an image in a folder of its own ----
CELLS   := /usr/share/yosys/ice40/cells_sim.v
NETLIST := $(BUILD)/netlist/image/acl_cache-w32.so
$(BUILD)/netlist/slot.v: $(call rtl_of,acl_cache) rtl/tools/netlist.sh
	@echo "NETLIST $@"
	$(Q)mkdir -p $(@D)
	$(Q)rtl/tools/netlist.sh acl_cache 32 $@ $(call rtl_of,acl_cache)

$(NETLIST): $(BUILD)/netlist/slot.v $(IMAGE_SRC) $(BUILD)/verilated.o rtl/tools/manifest.sh
	@echo "IMAGE netlist/$(@F)"
	$(Q)rm -rf $(BUILD)/verilated/netlist && mkdir -p $(BUILD)/verilated/netlist $(@D)
	$(Q)$(VERILATE) --prefix Vslot --top-module slot \
	    -DNO_ICE40_DEFAULT_ASSIGNMENTS -Wno-TIMESCALEMOD -Wno-UNOPTFLAT \
	    --Mdir $(BUILD)/verilated/netlist $< $(CELLS)
	$(Q)$(call model_objects,$(BUILD)/verilated/netlist,-O1)
	$(Q)$(CXX) $(CXX_IMAGE) -O1 -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/netlist \
	    -DIMAGE_FN='"acl_cache"' -DIMAGE_WIDTH=32 -DIMAGE_FAULTS=0 -o $@ sim/image.cpp \
	    $(BUILD)/verilated/netlist/*.o $(BUILD)/verilated.o
	$(Q)CXX="$(CXX)" IMAGES=$(@D) rtl/tools/manifest.sh acl_cache $(BUILD) \
	    $(call rtl_of,acl_cache) >$(@D)/acl_cache.yaml

# --- mutants: a slot of which many faulty ones are in one image, for fault campaigns ---
# $1 function, $2 kind: logic, config, bits
MUTANTS := 250
# for each proof
PROOF_SECONDS := 20
define mutant_rule
$(BUILD)/mutant/$2/$1.v: $(call rtl_of,$1) rtl/tools/mutants.sh $(if $(filter bits,$2),rtl/tools/bits.py rtl/tools/body_pins.v)
	@echo "MUTANTS $2 $1"
	$$(Q)mkdir -p $$(@D)
	$$(Q)rtl/tools/mutants.sh $2 $1 $(MUTANTS) 1 $$@ $(call rtl_of,$1) >$$(@:.v=.n)

$(BUILD)/mutant/$2/image/$1.yaml: $(BUILD)/mutant/$2/$1.v $(IMAGE_SRC) $(BUILD)/verilated.o rtl/tools/manifest.sh
	@echo "IMAGE mutant/$2/$1"
	$$(Q)rm -rf $(BUILD)/verilated/mutant-$2-$1 && mkdir -p $(BUILD)/verilated/mutant-$2-$1 $$(@D)
	$$(Q)$(VERILATE) --prefix Vslot --top-module slot \
	    -DNO_ICE40_DEFAULT_ASSIGNMENTS -Wno-fatal -Wno-lint -Wno-TIMESCALEMOD -Wno-UNOPTFLAT \
	    -GBUILD="32'h$$$$(cat $(call rtl_of,$1) | sha256sum | cut -c1-8)" \
	    --Mdir $(BUILD)/verilated/mutant-$2-$1 $$< $(if $(filter-out logic,$2),$(CELLS))
	$$(Q)$$(call model_objects,$(BUILD)/verilated/mutant-$2-$1,)
	$$(Q)$$(CXX) $$(CXX_IMAGE) -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/mutant-$2-$1 \
	    -DIMAGE_FN='"$1"' -DIMAGE_WIDTH=32 -DIMAGE_FAULTS=0 -DIMAGE_MUTANTS=$$$$(cat $$(<:.v=.n)) \
	    -o $$(@D)/$1-w32.so sim/image.cpp $(BUILD)/verilated/mutant-$2-$1/*.o $(BUILD)/verilated.o
	$$(Q)CXX="$$(CXX)" IMAGES=$$(@D) rtl/tools/manifest.sh $1 $(BUILD) $(call rtl_of,$1) >$$@

# Of those that a short self-test does not tell from the function: which are proved the
# same.  The campaign gives the others all settings.
$(BUILD)/mutant/$2/$1.same: $(BUILD)/mutant/$2/image/$1.yaml rtl/tools/same.sh rtl/tools/same.v $(BUILD)/miter | $(BUILD)/precast
	@echo "PROOFS $2 $1"
	$$(Q)mkdir -p $(BUILD)/image && rm -f $$@
	$$(Q)PRECAST_IMAGES=$(BUILD)/image $(BUILD)/precast twin campaign $1 --faults $2 --n 65535 --settings 32 --json >$$(@:.same=.json); [ $$$$? -le 1 ]
	$$(Q)sed -n 's/^{"type":"escape".*"where":"\([0-9]*\) .*/\1/p' $$(@:.same=.json) | \
	    rtl/tools/same.sh $2 $1 $(BUILD) $(PROOF_SECONDS) >$$@.new
	$$(Q)mv $$@.new $$@
endef
$(foreach k,logic config bits,$(foreach f,$(RTL_FNS),$(eval $(call mutant_rule,$f,$k))))

$(BUILD)/miter: rtl/tools/miter.c
	@echo "CC $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(C_ALL) -o $@ $<

# --- boards: the whole fabric with one function, Verilated, behind its byte port -----
# $1 function or echo, $2 width, $3 log2 of the receive buffer, $4 1: telemetry
board_rtl = rtl/shell/fabric.v $(wildcard rtl/link/link*.v rtl/axis/*.v) $(GEN)/fabric_csr.v \
    $(if $(filter echo,$1),tests/link/slot_echo.v,$(filter-out rtl/axis/% rtl/link/%,$(call rtl_of,$1)))
define board_rule
$(BUILD)/image/$1-board$2.so: $(call board_rtl,$1) sim/board.cpp sim/board.h $(BUILD)/verilated.o
	@echo "BOARD $$(@F)"
	$$(Q)rm -rf $(BUILD)/verilated/$1-board$2 && mkdir -p $(BUILD)/verilated/$1-board$2 $$(@D)
	$$(Q)$(VERILATE) --prefix Vfabric --top-module fabric -GW=$2 -GLOG2_RESEND=$(BOARD_RESEND) -GLOG2_RX=$3 -GWATCH=$4 \
	    --x-assign unique --x-initial unique \
	    --Mdir $(BUILD)/verilated/$1-board$2 $(call board_rtl,$1)
	$$(Q)$$(call model_objects,$(BUILD)/verilated/$1-board$2,)
	$$(Q)$$(CXX) $$(CXX_IMAGE) -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/$1-board$2 \
	    -DIMAGE_FN='"$1"' -DIMAGE_WIDTH=$2 -o $$@.new sim/board.cpp \
	    $(BUILD)/verilated/$1-board$2/*.o $(BUILD)/verilated.o
	$$(Q)mv $$@.new $$@
endef
# The resend time is 1 to 2 times 2^BOARD_RESEND clocks: short, as exchange() has no latency.
BOARD_RESEND := 13
$(eval $(call board_rule,acl,64,11,1))
$(eval $(call board_rule,scale,32,11,0))
$(eval $(call board_rule,echo,64,11,0))
$(eval $(call board_rule,echo,32,12,0))

# --- the crossbar that joins slots, and one with two slots for tests ---------------------
CROSSBAR_RTL  := rtl/shell/crossbar.v rtl/axis/axis_arbiter.v rtl/axis/axis_skid.v
PAIR_RTL       = sim/crossbar_pair.v $(CROSSBAR_RTL) $(filter-out $(CROSSBAR_RTL),$(call rtl_of,acl))
# $1 top module, $2 width, $3 target, $4 sources, $5 flags for Verilator, $6 pair 0 or 1
define crossbar_rule
$3: $4 sim/crossbar.cpp sim/model.hpp sim/crossbar.h sim/image.h $(BUILD)/verilated.o
	@echo "IMAGE $$(@F)"
	$$(Q)rm -rf $(BUILD)/verilated/$1-w$2 && mkdir -p $(BUILD)/verilated/$1-w$2 $$(@D)
	$$(Q)$(VERILATE) --prefix V$1 --top-module $1 -GW=$2 $5 --Mdir $(BUILD)/verilated/$1-w$2 $4
	$$(Q)$$(call model_objects,$(BUILD)/verilated/$1-w$2,)
	$$(Q)$$(CXX) $$(CXX_IMAGE) -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/$1-w$2 \
	    -DCROSSBAR_WIDTH=$2 -DCROSSBAR_PAIR=$6 -o $$@.new sim/crossbar.cpp \
	    $(BUILD)/verilated/$1-w$2/*.o $(BUILD)/verilated.o
	$$(Q)mv $$@.new $$@
endef
$(foreach w,32 64,$(eval $(call crossbar_rule,crossbar,$w,$(BUILD)/image/crossbar-w$w.so,$(CROSSBAR_RTL),-GN=8,0)))
$(foreach w,32 64,$(eval $(call crossbar_rule,crossbar_pair,$w,$(BUILD)/test/image/crossbar_pair-w$w.so,$(PAIR_RTL),,1)))

$(eval $(call board_rule,acl_cache,64,11,1))

# --- bitstreams: the whole fabric with one function for a board ------------------------
# Only when BOARD is given; rtl/tools/bit.sh says what the variables of board.mk mean.
FN ?= acl_cache
ifneq (,$(BOARD))
ifeq (,$(wildcard rtl/board/$(BOARD)/board.mk))
$(error no board '$(BOARD)', expected one of: $(notdir $(patsubst %/,%,$(wildcard rtl/board/*/))))
endif
ifeq (,$(filter $(FN),$(RTL_FNS)))
$(error no function '$(FN)' with an RTL body, expected one of: $(RTL_FNS))
endif
include rtl/board/$(BOARD)/board.mk
BIT_RTL := rtl/shell/uart_fabric.v rtl/link/uart_rx.v rtl/link/uart_tx.v $(call board_rtl,$(FN))
BIT     := $(BUILD)/bit/$(FN)-$(BOARD).entry

build/deps-bit.ok: Makefile tests/deps.sh
	$(Q)tests/deps.sh $(DEPS_BIT)
	$(Q)mkdir -p build && touch $@

$(BIT): rtl/tools/bit.sh rtl/tools/slot_pins.v $(wildcard rtl/board/$(BOARD)/*) $(BIT_RTL) | build/deps-bit.ok
	@echo "BIT $(FN) for $(BOARD)"
	$(Q)$(foreach v,FAMILY DEVICE PACKAGE SYNTH WIDTH MHZ,BOARD_$v='$(BOARD_$v)') \
	    rtl/tools/bit.sh $(BOARD) $(FN) $(BUILD) $(BIT_RTL)

# What stands in the bitstream, turned back into Verilog and run behind its pins.
ifneq (,$(BOARD_PINS))
BITS_DIR := $(BUILD)/bit/$(FN)-$(BOARD)
BITS     := $(BUILD)/image/$(FN)-$(BOARD)-bits.so
$(BITS): $(BIT) rtl/tools/bits.sh sim/board_pins.cpp sim/board.h $(BUILD)/verilated.o
	@echo "BITS $(@F)"
	$(Q)rtl/tools/bits.sh rtl/board/$(BOARD)/pins.pcf $(BITS_DIR)/top.asc $(BITS_DIR)/bits.v
	$(Q)rm -rf $(BUILD)/verilated/$(FN)-$(BOARD)-bits && mkdir -p $(BUILD)/verilated/$(FN)-$(BOARD)-bits
	$(Q)$(VERILATE) --prefix Vtop --top-module top \
	    -DNO_ICE40_DEFAULT_ASSIGNMENTS -Wno-TIMESCALEMOD -Wno-UNOPTFLAT \
	    --Mdir $(BUILD)/verilated/$(FN)-$(BOARD)-bits $(BITS_DIR)/bits.v $(CELLS)
	$(Q)$(call model_objects,$(BUILD)/verilated/$(FN)-$(BOARD)-bits,-O1)
	$(Q)$(CXX) $(CXX_IMAGE) -O1 -shared -Wl,-Bsymbolic -I$(BUILD)/verilated/$(FN)-$(BOARD)-bits \
	    -DIMAGE_FN='"$(FN)"' -DIMAGE_WIDTH=$(BOARD_WIDTH) -DCLOCKS_PER_BIT=$(BOARD_PINS) -o $@.new \
	    sim/board_pins.cpp $(BUILD)/verilated/$(FN)-$(BOARD)-bits/*.o $(BUILD)/verilated.o
	$(Q)mv $@.new $@
endif
endif
bit: $(BIT) $(BITS)
	$(if $(BOARD),,$(error make bit needs BOARD=, one of: $(notdir $(patsubst %/,%,$(wildcard rtl/board/*/)))))
	$(Q)$(MAKE) $(BUILD)/image/$(FN).yaml

mutants: $(foreach k,logic config,$(BUILD)/mutant/$k/$(FN).same)

# Only where there are nextpnr-ice40, fpga-icestorm-chipdb and python3; bodies that an HX8K holds.
BITS_FNS := scale acl_cache firewall_cache fir_decim nat44_cache policer router4_cache stf_detect \
    vlan_egress viterbi_k7 viterbi_tb
mutants-bits: $(BUILD)/mutant/bits/$(FN).same

flash: bit
	$(Q)command -v $(firstword $(BOARD_FLASH)) >/dev/null || \
	    { echo "make flash: no $(firstword $(BOARD_FLASH)), which $(BOARD) needs" >&2; exit 4; }
	$(BOARD_FLASH) $(BUILD)/image/$(FN)-$(BOARD).bin
.PHONY: bit flash mutants mutants-bits

trace: $(BUILD)/trace/$(FN)-w64.so
.PHONY: trace

# --- goals ------------------------------------------------------------------------
run: all
	$(Q)docs/demo/run.sh $(BUILD)

check: all $(TEST_IMAGES) $(TESTS)
	$(Q)tests/run.sh $(BUILD) $(TESTS)

nightly: all $(TEST_IMAGES) $(TESTS) $(foreach k,logic config,$(foreach f,$(RTL_FNS),$(BUILD)/mutant/$k/$f.same))
	$(Q)CONFORM_BEATS=10000000 WATCH_BEATS=1000000000 REPAIR_FLIPS=1000 BISECT_FAULTS=50 \
	    tests/run.sh $(BUILD) $(TESTS)
	$(Q)for f in $(RTL_FNS); do \
	    $(BUILD)/precast twin campaign $$f --part registers --faults seu --n 1000000 --effective 3000 && \
	    $(BUILD)/precast twin campaign $$f --part registers --faults stuck --n 1000000 --effective 3000 && \
	    $(BUILD)/precast twin campaign $$f --items off --n 1000 && \
	    $(BUILD)/precast twin campaign $$f --n 3000 || exit 1; \
	done
	$(Q)for f in $(RTL_FNS); do $(BUILD)/precast twin campaign $$f --faults logic,config; [ $$? -le 1 ] || exit 1; done
	$(Q)if command -v nextpnr-ice40 >/dev/null; then \
	    for f in $(BITS_FNS); do \
	        $(MAKE) mutants-bits FN=$$f && $(BUILD)/precast twin campaign $$f --faults bits; [ $$? -le 1 ] || exit 1; \
	    done; \
	else echo "skipped: --faults bits, no nextpnr-ice40"; fi

# Compiled by clang with sanitizers, in a folder of its own.
FUZZ_SAN := fuzzer-no-link,address,undefined
FUZZ     := $(foreach f,fn text headers mac wifi frame lte si nr rrc soft,$(BUILD)/fuzz/fuzz_$f)
PKT_FNS  := $(foreach d,$(FN_DIRS),$(if $(shell grep -E '^stream +pkt' $d/$(notdir $d).csr),$(notdir $d)))
SECONDS  ?= 60
fuzz:
	$(Q)$(MAKE) SAN=$(FUZZ_SAN) CC=clang CFLAGS="-O2 -g -fsanitize-coverage-ignorelist=tests/fuzz/kernels.txt" fuzz-programs
	$(Q)tests/fuzz/run.sh build/san-$(subst $(comma),-,$(FUZZ_SAN)) $(SECONDS) $(if $(filter command%,$(origin FN)),$(FN),$(PKT_FNS))
fuzz-programs: $(FUZZ)
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)
.PHONY: fuzz fuzz-programs

# Without the allocator's caches, which count as memory in use: swap.leak.
bench: all $(BUILD)/image/echo-board32.so $(BUILD)/bench-fec $(BUILD)/bench-lte_si
	$(Q)GLIBC_TUNABLES=glibc.malloc.tcache_count=0 $(BUILD)/precast fn bench $(if $(JSON),--json)
	$(Q)$(BUILD)/bench-fec $(if $(JSON),--json)
	$(Q)$(BUILD)/bench-lte_si $(if $(JSON),--json)

# libfec, too, is only the bar.
LIBFEC = $(shell printf '\043include <fec.h>\n' | $(CC) -E - >/dev/null 2>&1 && echo -DWITH_LIBFEC)
$(BUILD)/bench-fec: tests/bench/fec.c $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)$(CC) $(C_ALL) $(LIBFEC) -o $@ $^ $(LIBS) $(LIBFEC:-DWITH_LIBFEC=-lfec)

# DPDK is only the bar: nothing else needs it, so `make deps` leaves it alone.
DPDK_SRC    := $(wildcard tests/bench/dpdk*.c)
DPDK_CFLAGS  = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libdpdk 2>/dev/null))
bench-dpdk:
	$(Q)if ! pkg-config --exists libdpdk 2>/dev/null; then \
	    echo "skipped: pkg-config finds no libdpdk (Debian: libdpdk-dev)"; \
	elif [ ! -r ../shared/data/net/rib ]; then echo "skipped: ../shared/data/net is not here"; \
	else $(MAKE) $(BUILD)/bench-dpdk && $(BUILD)/bench-dpdk $(if $(JSON),--json) $(TABLE); fi

$(BUILD)/bench-dpdk: $(DPDK_SRC) $(wildcard tests/bench/*.h) $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)$(CC) $(C_ALL) $(DPDK_CFLAGS) -o $@ $(DPDK_SRC) $(BUILD)/libprecast.a $(LIBS) $$(pkg-config --libs libdpdk)

# FFTW, too, is only the bar.
bench-fft:
	$(Q)if ! pkg-config --exists fftw3f 2>/dev/null; then \
	    echo "skipped: pkg-config finds no fftw3f (Debian: libfftw3-dev)"; \
	else $(MAKE) $(BUILD)/bench-fft && $(BUILD)/bench-fft $(if $(JSON),--json); fi

$(BUILD)/bench-fft: LIBS += -lfftw3f

bench-dpi bench-fir bench-lte bench-nr bench-wifi: %: $(BUILD)/%
	$(Q)$< $(if $(JSON),--json)

$(BUILD)/bench-%: tests/bench/%.c $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)$(CC) $(C_ALL) -o $@ $^ $(LIBS)

bench-nft: $(BUILD)/bench-nft
	$(Q)$(BUILD)/bench-nft $(if $(JSON),--json)

$(BUILD)/bench-nft: $(wildcard tests/bench/nft*.c tests/bench/nft*.h) $(BUILD)/libprecast.a
	@echo "LD $@"
	$(Q)$(CC) $(C_ALL) -o $@ $(filter-out %.h,$^) $(LIBS)

lint: $(GEN_ALL)
	$(Q)tests/lint.sh "$(C_ALL)" "$(SRC) $(filter-out $(DPDK_SRC) tests/bench/fft.c,$(wildcard tests/*.c tests/*/*.c))" "$(HEADERS) $(DPDK_SRC) tests/bench/fft.c"
	$(Q)if pkg-config --exists fftw3f 2>/dev/null; then tests/lint.sh "$(C_ALL)" tests/bench/fft.c ""; fi
	$(Q)if pkg-config --exists libdpdk 2>/dev/null; then tests/lint.sh "$(C_ALL) $(DPDK_CFLAGS)" "$(DPDK_SRC)" ""; fi
	$(Q)$(foreach f,$(RTL_FNS),tests/lint_rtl.sh $f $(call rtl_of,$f) &&) true
	$(Q)TOP=fabric WIDTHS="32 64" tests/lint_rtl.sh acl $(call board_rtl,acl)
	$(Q)for m in uart_tx uart_rx; do verilator --lint-only -Wall --top-module $$m rtl/link/uart_*.v rtl/axis/sync2.v || exit 1; done
	$(Q)TOP=crossbar WIDTHS="32 64" tests/lint_rtl.sh crossbar $(CROSSBAR_RTL)
	$(Q)TOP=crossbar_pair WIDTHS="32 64" tests/lint_rtl.sh crossbar_pair $(PAIR_RTL)
	$(Q)for w in 32 64; do verilator --lint-only -Wall --top-module slot_pins -GW=$$w rtl/tools/slot_pins.v $(call rtl_of,acl_cache) || exit 1; done
	$(Q)verilator --lint-only -Wall --top-module body_pins rtl/tools/body_pins.v $(call rtl_of,acl_cache)
	$(Q)clang-format --dry-run -Werror rtl/tools/miter.c && $(CC) $(C_ALL) -Werror -fsyntax-only rtl/tools/miter.c
	$(Q)printf '`verilator_config\nlint_off -file "*/cells_sim.v"\nlint_off -rule TIMESCALEMOD\n' >$(GEN)/cells.vlt
	$(Q)for b in $(notdir $(patsubst %/,%,$(wildcard rtl/board/*/))); do \
	    cells= && if grep -q '^ *SB_' rtl/board/$$b/top.v; then cells=$(CELLS); fi && \
	    verilator --lint-only -Wall -DNO_ICE40_DEFAULT_ASSIGNMENTS --top-module top $(GEN)/cells.vlt \
	        rtl/board/$$b/top.v rtl/shell/uart_fabric.v rtl/link/uart_rx.v rtl/link/uart_tx.v \
	        $(call board_rtl,acl_cache) $$cells && \
	    iverilog -g2005 -Wall -Wno-timescale -DNO_ICE40_DEFAULT_ASSIGNMENTS -o /dev/null -s top \
	        rtl/board/$$b/top.v rtl/shell/uart_fabric.v rtl/link/uart_rx.v rtl/link/uart_tx.v \
	        $(call board_rtl,acl_cache) $$cells || exit 1; \
	done

analyze: $(GEN_ALL)
	$(Q)tests/analyze.sh "$(C_ALL)" "$(filter-out %_test.c,$(SRC))"

formal: | $(READY)
	$(Q)tests/formal.sh $(BUILD)/formal

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/precast/image $(DESTDIR)$(PREFIX)/lib/precast/fmu \
	    $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install $(BUILD)/precast $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(IMAGES) $(MANIFESTS) $(DESTDIR)$(PREFIX)/lib/precast/image/
	install -m 644 $(FMUS) $(DESTDIR)$(PREFIX)/lib/precast/fmu/
	install -m 644 docs/precast.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 host/cli/precast.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/precast

clean:
	rm -rf build
