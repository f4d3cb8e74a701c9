# csrgen.awk - registers and tables of a function, described once in NAME.csr.
#
#   awk -v name=acl -v out=h|v|body|md -f csrgen.awk acl.csr
#
# h: C header (offsets, fields, struct NAME_regs, NAME_csr); v: module NAME_csr,
# the register file; body: module slot_body, which fits module NAME to the slot;
# md: the register table for people.
#
# Access: rw is written by the host; ro is wired from the function; count is
# kept here, the function adds to it and the host writes it to restore it;
# sticky keeps the bits that the function sets until the host writes it.
# rw? is rw, and stands at its reset value where parameter OPTIONAL of the module is 0.
# An rw or sticky register with fields has only the bits they name; others read 0.
# Written, a count takes two clocks: it becomes 0, then the value is added; address
# and value stand until csr_ack, and nothing is counted in the second one.
# csr_rdata is 0 but in the clock of csr_ack, so that those of several can be ORed.
# Tables are reached through WINDOW_INDEX ([31:28] table, [19:0] word, or [23:0]
# where no table is in an RTL body) and WINDOW_DATA, which every function with a
# table gets at 0xf8 and 0xfc; the index moves on by one with each access to the
# data.  A table whose RTL depth is '-' is in the C body only, and the function may
# count its entries itself (a count register).  A function without an RTL body has up
# to four tables.

function fail_at(line, what) {
    printf "%s:%d: %s\n", FILENAME, line, what > "/dev/stderr"
    failed = 1
    exit 1
}

function fail(what) { fail_at(FNR, what) }

# Value of a decimal or 0x number; mawk's own conversion knows no hex.
function number(text,    k, v, d) {
    if (text !~ /^0x[0-9a-fA-F]+$/) {
        if (text !~ /^[0-9]+$/) fail("'" text "' is not a number")
        return text + 0
    }
    text = tolower(substr(text, 3))
    for (k = 1; k <= length(text); k++) {
        d = index("0123456789abcdef", substr(text, k, 1)) - 1
        v = v * 16 + d
    }
    return v
}

# Polynomial hash of a string modulo 2^32; exact in double precision.
function hash(text,    k, h) {
    h = 5381
    for (k = 1; k <= length(text); k++)
        h = (h * 31 + index(ASCII, substr(text, k, 1))) % 4294967296
    return h
}

function rest(from,    k, s) {
    for (k = from; k <= NF; k++) s = s (k > from ? " " : "") $k
    return s
}

function add_reg(offset, nam, access, reset, help) {
    if (access == "rw?") {
        access = "rw"
        r_optional[n_reg] = optional = 1
    }
    if (access !~ /^(rw|ro|count|sticky)$/) fail("access '" access "', expected rw, rw?, ro, count or sticky")
    if (offset % 4 || offset > 252) fail("offset of " nam " is not a multiple of 4 below 0x100")
    if (offset < 128 && name !~ /^(common|fabric)$/) fail("offset of " nam " is below 0x80: those are the slot's own")
    if (offset in taken) fail("offset of " nam " is taken by " taken[offset])
    if (tolower(nam) in named) fail("register " nam " is there twice, first in line " named[tolower(nam)])
    taken[offset] = nam
    named[tolower(nam)] = FNR
    r_off[n_reg] = offset; r_name[n_reg] = nam; r_low[n_reg] = tolower(nam)
    r_acc[n_reg] = access; r_reset[n_reg] = reset; r_help[n_reg] = help
    r_line[n_reg] = FNR
    r_first[n_reg] = n_field
    r_fields[n_reg] = 0
    r_mask[n_reg] = 4294967295; r_top[n_reg] = 31
    layout = layout "|" nam "," offset "," access
    n_reg++
}

BEGIN {
    for (k = 32; k < 127; k++) ASCII = ASCII sprintf("%c", k)
    n_reg = n_field = n_table = n_tap = 0
    in_type = out_type = "pkt"
}

/^[ \t]*(#|$)/ { next }

/["\\]/ { fail("quotes and backslashes do not fit into the C header") }

function stream_type(text) {
    if (text !~ /^(iq16|pkt|cf32|rec)$/) fail("stream type '" text "', expected iq16, pkt, cf32 or rec")
    return text
}

$1 == "stream" { in_type = stream_type($2); out_type = stream_type($3); next }

$1 == "table" {
    if (NF < 7) fail("a table is: table NAME RTL C WORDS COUNT description")
    if (n_table == 2 && $3 != "-") fail("a third table, but the slot reports two capacities")
    if (n_table == 4) fail("a fifth table, but a function has at most four")
    t_name[n_table] = $2; t_rtl[n_table] = $3 == "-" ? 0 : number($3); t_c[n_table] = number($4)
    t_words[n_table] = number($5); t_count[n_table] = $6; t_help[n_table] = rest(7)
    if ((!t_rtl[n_table] && $3 != "-") || !t_c[n_table] || !t_words[n_table]) fail("a table has at least 1 entry in each body and 1 word an entry")
    if (t_c[n_table] * t_words[n_table] > 16777216) fail("a table has at most 2^24 words: WINDOW_INDEX reaches no more")
    if ($2 in tabled) fail("table " $2 " is there twice, first in line " tabled[$2])
    tabled[$2] = FNR
    t_line[n_table] = FNR
    layout = layout "|table " $2 "," $5
    n_table++
    next
}

$1 == "tap" {
    if (n_tap == 4) fail("a fifth tap, but the slot has four digests")
    if (NF < 4) fail("a tap is: tap NAME REGISTERS description")
    p_name[n_tap] = $2; p_regs[n_tap] = $3; p_help[n_tap] = rest(4)
    n_tap++
    next
}

/^[ \t]+word/ { if (!n_table) fail("a word before any table"); words[n_table] = words[n_table] "| " $2 " | `" $3 "` | " rest(4) " |\n"; next }

# Bits "msb:lsb" or "bit" of the register before.
function add_bits(text,    n, k, bit, msb, lsb) {
    if (!n_reg) fail("a field before any register")
    n = split(text, bit, ":")
    if (n > 2) fail("bits '" text "', expected MSB:LSB or one number")
    msb = number(bit[1]); lsb = number(bit[n])
    if (msb > 31) fail("bits '" text "' do not fit into a register: 31 is the highest")
    if (msb < lsb) fail("bits '" text "', expected the highest first")
    for (k = lsb; k <= msb; k++) {
        if ((n_reg, k) in used) fail("bit " k " is in field " used[n_reg, k] ", too")
        used[n_reg, k] = $2
    }
    f_msb[n_field] = msb; f_lsb[n_field] = lsb
}

/^[ \t]/ {
    add_bits($1)
    f_name[n_field] = $2; f_help[n_field] = rest(3)
    r_fields[n_reg - 1]++
    n_field++
    next
}

{ add_reg(number($1), $2, $3, number($4), rest(5)) }

function c_header(    k, j, U) {
    U = toupper(name)
    printf "/* Generated from %s by csrgen.awk. */\n#ifndef GEN_%s_CSR_H\n#define GEN_%s_CSR_H\n\n", FILENAME, U, U
    print "#include \"core/csr.h\"\n\nenum {"
    for (k = 0; k < n_reg; k++) {
        printf "    %s_%s = 0x%02x, /* %s */\n", U, r_name[k], r_off[k], r_help[k]
        for (j = r_first[k]; j < r_first[k] + r_fields[k]; j++) {
            printf "    %s_%s_%s_SHIFT = %d,\n", U, r_name[k], f_name[j], f_lsb[j]
            printf "    %s_%s_%s_MASK = 0x%x,\n", U, r_name[k], f_name[j], 2 ^ (f_msb[j] - f_lsb[j] + 1) - 1
        }
    }
    for (k = 0; k < n_table; k++) {
        printf "    %s_TABLE_%s = %d,\n", U, t_name[k], k
    printf "    %s_%s_WORDS = %d,\n", U, t_name[k], t_words[k]
        printf "    %s_%s_DEPTH = %d,\n", U, t_name[k], t_c[k]
        printf "    %s_%s_DEPTH_RTL = %d,\n", U, t_name[k], t_rtl[k]
    }
    for (k = 0; k < n_tap; k++) printf "    %s_TAP_%s = %d, /* %s */\n", U, p_name[k], k, p_help[k]
    print "};\n\n/* The registers as the C body sees them, in .csr order. */"
    printf "struct %s_regs {\n", name
    for (k = 0; k < n_reg; k++) printf "    uint32_t %s; /* %s */\n", r_low[k], r_help[k]
    print "};\n"
    if (n_field) {
        printf "static const struct csr_field %s_csr_fields[] = {\n", name
        for (j = 0; j < n_field; j++)
            printf "    {\"%s\", %d, %d, \"%s\"},\n", f_name[j], f_lsb[j], f_msb[j], f_help[j]
        print "};\n"
    }
    printf "static const struct csr_reg %s_csr_regs[] = {\n", name
    for (k = 0; k < n_reg; k++)
        printf "    {\"%s\", 0x%02x, CSR_%s, 0x%x, 0x%x, \"%s\", %s, %d},\n", r_name[k], r_off[k], toupper(r_acc[k]), r_reset[k], r_mask[k], r_help[k], \
            r_fields[k] ? name "_csr_fields + " r_first[k] : "NULL", r_fields[k]
    print "};\n"
    if (n_table) {
        printf "static const struct csr_table %s_csr_tables[] = {\n", name
        for (k = 0; k < n_table; k++)
            printf "    {\"%s\", %d, %d, 0x%02x, \"%s\"},\n", t_name[k], t_c[k], t_words[k], r_off[find_reg(t_count[k])], t_help[k]
        print "};\n"
    }
    if (n_tap) {
        printf "static const struct csr_tap %s_csr_taps[] = {\n", name
        for (k = 0; k < n_tap; k++) printf "    {\"%s\", \"%s\", \"%s\"},\n", p_name[k], p_regs[k], p_help[k]
        print "};\n"
    }
    printf "static const struct csr_layout %s_csr = {\n", name
    printf "    .name = \"%s\",\n    .id = 0x%x,\n    .version = 0x%x,\n    .in = FN_%s,\n    .out = FN_%s,\n", name, hash(name), hash(layout), toupper(in_type), toupper(out_type)
    printf "    .regs = %s_csr_regs,\n    .n_regs = %d,\n", name, n_reg
    if (n_table) printf "    .tables = %s_csr_tables,\n    .n_tables = %d,\n", name, n_table
    if (n_tap) printf "    .taps = %s_csr_taps,\n    .n_taps = %d,\n", name, n_tap
    print "};\n\n#endif"
}

# Index of the register 'nam', n_reg when there is none.
function find_reg(nam,    k) {
    for (k = 0; k < n_reg && r_name[k] != nam; k++) ;
    return k
}

# What can only be told when all registers are known.
function check_table(t,    k) {
    for (k = 0; k < n_reg; k++) {
        if (r_off[k] >= 248) fail_at(r_line[k], "offset of " r_name[k] " is that of the table's window, 0xf8 and 0xfc")
        if (r_low[k] == "window_index") fail_at(r_line[k], "register " r_name[k] " is there twice, the table brings its own")
    }
    k = find_reg(t_count[t])
    if (k == n_reg) fail_at(t_line[t], "table " t_name[t] " counts by register '" t_count[t] "', which does not exist")
    if (r_acc[k] != "rw" && (t_rtl[t] || r_acc[k] != "count")) fail_at(t_line[t], "table " t_name[t] " counts by register " t_count[t] ", which is " r_acc[k] ", expected rw" (t_rtl[t] ? "" : " or count"))
    if (has_rtl && t_c[t] * t_words[t] > 1048576) fail_at(t_line[t], "table " t_name[t] " has more than the 2^20 words that the window of an RTL body reaches")
}

# An rw or sticky register keeps the bits of its fields, or all without any.
function keep_bits(k,    b, v) {
    if (!r_fields[k] || r_acc[k] !~ /^(rw|sticky)$/) return
    r_mask[k] = 0
    for (b = 0; b < 32; b++) {
        if ((k + 1, b) in used) {
            r_mask[k] += 2 ^ b
            r_top[k] = b
        } else if (int(r_reset[k] / 2 ^ b) % 2)
            fail_at(r_line[k], "reset of " r_name[k] " has bit " b ", which is in no field")
    }
}

# 'text', of 32 bits, down to those that register k keeps.
function v_kept(k, text,    v) {
    if (r_top[k] < 31) text = text "[" r_top[k] ":0]"
    if (r_mask[k] != 2 ^ (r_top[k] + 1) - 1) text = "(" text " & " v_sized(k, r_mask[k]) ")"
    return text
}

function v_sized(k, v) { return (r_top[k] + 1) "'h" sprintf("%x", v) }

# Register k as 32 bits.
function v_word(k) {
    if (r_acc[k] == "ro") return r_low[k]
    if (r_top[k] == 31) return r_low[k] "_q"
    return "{" (31 - r_top[k]) "'d0, " r_low[k] "_q}"
}

function v_hex(v) { return sprintf("32'h%08x", v) }

function v_module(    k) {
    printf "// Generated from %s by csrgen.awk: register file of %s.\n`default_nettype none\nmodule %s_csr %s(\n", FILENAME, name, name, \
        optional ? "#(\n    parameter OPTIONAL = 1\n) " : ""
    print "    input  wire        clk,\n    input  wire        rst,"
    print "    input  wire        csr_we,\n    input  wire        csr_re,\n    output wire        csr_ack,"
    print "    input  wire [7:0]  csr_addr,\n    input  wire [31:0] csr_wdata,\n    output wire [31:0] csr_rdata"
    for (k = 0; k < n_reg; k++) {
        if (r_acc[k] == "rw") printf ",\n    output wire [31:0] %s", r_low[k]
        if (r_acc[k] == "ro") printf ",\n    input  wire [31:0] %s", r_low[k]
        if (r_acc[k] == "count") printf ",\n    input  wire [7:0]  %s_add,\n    output wire [31:0] %s", r_low[k], r_low[k]
        if (r_acc[k] == "sticky") printf ",\n    input  wire [31:0] %s_set", r_low[k]
    }
    # window_re is held until window_ack; window_moves: the index is another
    # one in the next clock.
    if (n_table) printf ",\n    output wire        window_we,\n    output wire        window_re,\n    output wire        window_moves,\n    input  wire        window_ack,\n    input  wire [31:0] window_rdata"
    print "\n);"
    for (k = 0; k < n_reg; k++) if (r_acc[k] != "ro") printf "    reg [%d:0] %s_q;\n", r_top[k], r_low[k]
    for (k = 0; k < n_reg; k++) if (r_acc[k] ~ /^(rw|count)$/) printf "    assign %s = %s;\n", r_low[k], v_word(k)
    print "\n    reg        ack_q;\n    reg [31:0] rdata_q;"
    if (n_table) {
        print "    assign window_we = csr_we && csr_addr == 8'hfc;"
        print "    assign window_re = csr_re && csr_addr == 8'hfc;"
        print "    wire   window_step = window_we || (window_re && window_ack && !ack_q);"
        print "    assign window_moves = window_step || (csr_we && csr_addr == 8'hf8);"
    }
    for (k = 0; k < n_reg && r_acc[k] != "count"; k++) ;
    counts = k < n_reg
    if (counts) print "    reg        load_q;                 // a count was written, and is 0 now\n    wire [31:0] load = csr_wdata & {32{load_q}};"
    # Which bits are used depends on what registers there are.
    printf "    wire unused = &{1'b0, csr_we, csr_wdata"
    for (k = 0; k < n_reg; k++) if (r_acc[k] == "sticky") printf ", %s_set", r_low[k]
    print "};"
    print "\n    always @(posedge clk) begin"
    if (counts) print "        load_q <= csr_we && !rst;"
    for (k = 0; k < n_reg; k++) {
        if (r_low[k] == "window_index") {
            print "        if (csr_we && csr_addr == 8'hf8)\n            window_index_q <= {csr_wdata[31:28], 8'd0, csr_wdata[19:0]};"
            print "        else if (window_step)\n            window_index_q[19:0] <= window_index_q[19:0] + 20'd1;"
        } else if (r_acc[k] == "rw")
            printf "        if (%scsr_we && csr_addr == 8'h%02x)\n            %s_q <= %s;\n", \
                k in r_optional ? "OPTIONAL != 0 && " : "", r_off[k], r_low[k], v_kept(k, "csr_wdata")
        if (r_acc[k] == "count")
            printf "        if (csr_we && csr_addr == 8'h%02x)\n            %s_q <= 32'd0;\n        else if (%s_add != 8'd0 || (load_q && csr_addr == 8'h%02x))\n            %s_q <= %s_q + ({24'd0, %s_add} | load);\n", \
                r_off[k], r_low[k], r_low[k], r_off[k], r_low[k], r_low[k], r_low[k]
        if (r_acc[k] == "sticky")
            printf "        if (csr_we && csr_addr == 8'h%02x)\n            %s_q <= %s;\n        else\n            %s_q <= %s_q | %s;\n", \
                r_off[k], r_low[k], v_kept(k, "csr_wdata"), r_low[k], r_low[k], v_kept(k, r_low[k] "_set")
    }
    print "        if (rst) begin"
    for (k = 0; k < n_reg; k++) if (r_acc[k] != "ro") printf "            %s_q <= %s;\n", r_low[k], v_sized(k, r_reset[k])
    printf "        end\n    end\n\n    assign csr_ack   = ack_q;\n    assign csr_rdata = rdata_q;\n\n    always @(posedge clk) begin\n        ack_q <= csr_re && !ack_q%s;\n", n_table ? " && (!window_re || window_ack)" : ""
    print "        rdata_q <= 32'd0;\n        if (csr_re && !ack_q)\n            case (csr_addr)"
    for (k = 0; k < n_reg; k++) printf "                8'h%02x: rdata_q <= %s;\n", r_off[k], v_word(k)
    if (n_table) print "                8'hfc: rdata_q <= window_rdata;"
    print "                default: rdata_q <= 32'd0;\n            endcase\n        if (rst)\n            ack_q <= 1'b0;\n    end\nendmodule\n`default_nettype wire"
}

function v_body(    p, n, k, port) {
    printf "// Generated from %s by csrgen.awk: fits %s to the slot.\n`default_nettype none\nmodule slot_body #(\n    parameter W = 64\n) (\n", FILENAME, name
    n = split("input wire clk;input wire rst;input wire csr_we;input wire csr_re;output wire csr_ack;" \
        "input wire [7:0] csr_addr;input wire [31:0] csr_wdata;output wire [31:0] csr_rdata;" \
        "input wire [W-1:0] s_axis_tdata;input wire [W/8-1:0] s_axis_tkeep;input wire [47:0] s_axis_tuser;" \
        "input wire s_axis_tlast;input wire s_axis_tvalid;output wire s_axis_tready;" \
        "output wire [W-1:0] m_axis_tdata;output wire [W/8-1:0] m_axis_tkeep;output wire [47:0] m_axis_tuser;" \
        "output wire m_axis_tlast;output wire m_axis_tvalid;input wire m_axis_tready;output wire idle", p, ";")
    for (k = 1; k <= n; k++) printf "    %s,\n", p[k]
    print "    output wire [31:0] fn_id,\n    output wire [31:0] layout,\n    output wire [31:0] capacity,\n    output wire [31:0] capacity_1,\n    output wire [19:0] words,\n    output wire [19:0] words_1,"
    print "    output wire in_packets,\n    output wire out_packets,\n    output wire [4*W/32-1:0] tap_valid,\n    output wire [4*W-1:0] tap_data\n);"
    # A tap has a word a sample, or one a packet.
    lanes = in_type == "iq16" ? "W/32" : "1"
    printf "    localparam TAPS = %d, LANES = %s, ALL = W/32;\n    genvar t;\n", n_tap, lanes
    printf "    wire [%s-1:0] valid;\n    wire [%s*32-1:0] data;\n", n_tap ? "TAPS*LANES" : "1", n_tap ? "TAPS*LANES" : "1"
    print "    generate\n        for (t = 0; t < 4 * ALL; t = t + 1) begin : tap"
    print "            if (t / ALL < TAPS && t % ALL < LANES) begin : used"
    print "                assign tap_valid[t] = valid[t / ALL * LANES + t % ALL];"
    print "                assign tap_data[t*32 +: 32] = data[(t / ALL * LANES + t % ALL) * 32 +: 32];"
    print "            end else begin : spare\n                assign tap_valid[t] = 1'b0;\n                assign tap_data[t*32 +: 32] = 32'd0;\n            end\n        end\n    endgenerate"
    if (!n_tap) print "    assign valid = 1'b0;\n    assign data = 32'd0;\n    wire unused = &{1'b0, valid, data};"
    printf "    assign fn_id = %s;\n    assign layout = %s;\n", v_hex(hash(name)), v_hex(hash(layout))
    printf "    assign capacity = 32'd%d;\n    assign capacity_1 = 32'd%d;\n", n_table ? t_rtl[0] : 0, (n_table > 1 ? t_rtl[1] : 0)
    printf "    assign words = 20'd%d;\n    assign words_1 = 20'd%d;\n", n_table ? t_rtl[0] * t_words[0] : 0, (n_table > 1 ? t_rtl[1] * t_words[1] : 0)
    printf "    assign in_packets = 1'b%d;\n    assign out_packets = 1'b%d;\n\n", in_type == "pkt", out_type == "pkt"
    printf "    %s #(.W (W)", name
    for (k = 0; k < n_table; k++) printf ", .N_%s (%d)", t_name[k], t_rtl[k]
    print ") fn ("
    for (k = 1; k <= n; k++) {
        split(p[k], port, " ")
        sub(/^.* /, "", p[k])
        printf "        .%s (%s)%s\n", p[k], p[k], k < n || n_tap ? "," : ""
    }
    if (n_tap) print "        .tap_valid (valid),\n        .tap_data (data)"
    print "    );\nendmodule\n`default_nettype wire"
}

function markdown(    k, j) {
    printf "# Registers of %s\n\nGenerated from %s.\n\n| offset | register | access | reset | meaning |\n|--|--|--|--|--|\n", name, FILENAME
    for (k = 0; k < n_reg; k++) {
        printf "| 0x%02x | `%s` | %s | 0x%x | %s |\n", r_off[k], r_name[k], r_acc[k], r_reset[k], r_help[k]
        for (j = r_first[k]; j < r_first[k] + r_fields[k]; j++)
            printf "| | `%s` [%s] | | | %s |\n", f_name[j], f_msb[j] == f_lsb[j] ? f_lsb[j] : f_msb[j] ":" f_lsb[j], f_help[j]
    }
    for (k = 0; k < n_table; k++)
        printf "\n## Table %d: %s\n\n%s: %s%d in the C body, counted by `%s`.\n\n| word | name | meaning |\n|--|--|--|\n%s", \
            k, t_name[k], t_help[k], t_rtl[k] ? t_rtl[k] " entries in the RTL body, " : "entries: ", t_c[k], t_count[k], words[k + 1]
    if (n_tap) printf "\n## Taps\n\n| tap | registers of the stage | digest of |\n|--|--|--|\n"
    for (k = 0; k < n_tap; k++) printf "| `%s` | `%s` | %s |\n", p_name[k], p_regs[k], p_help[k]
}

END {
    if (failed) exit 1
    if (n_table) {
        for (t = 0; t < n_table; t++) has_rtl += t_rtl[t]
        for (t = 0; t < n_table; t++) check_table(t)
        layout_before = layout
        add_reg(248, "WINDOW_INDEX", "rw", 0, "Word of a table that WINDOW_DATA reaches")
        layout = layout_before
        r_mask[n_reg - 1] = has_rtl ? 4027580415 : 4043309055 # 0xf00fffff, 0xf0ffffff
    }
    for (t = 0; t < n_reg; t++) keep_bits(t)
    if (out == "h") c_header()
    else if (out == "v") v_module()
    else if (out == "body") v_body()
    else if (out == "md") markdown()
    else { print "csrgen.awk: out must be h, v, body or md" > "/dev/stderr"; exit 1 }
}
