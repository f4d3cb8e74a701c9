// mpls_plan.v - decides what is done with each packet (C body: mpls_plan.c).
// 1 packet/clk, latency 4 clk.  Packets that are looked up are 3 clocks apart: those with
// a whole label (18 bytes), or with an IP header.  Where streams are too wide for that
// 'full' keeps them apart, and only a packet whose third label may count takes 4 clk, the
// others 3: then they are 2 clocks apart.
//
//   clock      0        1        2        3        4
//   key_valid  _/~~~~~\______________________________
//   reads      label 0  label 1  label 2
//                       FEC
//   decides             label 0  label 1  label 2      the first that ends it
//                                FEC
//   plan_valid                                     __/~~~~~\_
//
// So all labels in reach are read, one after the other, and one read port does.
`default_nettype none
module mpls_plan #(
    parameter N_FTN = 16,               // FECs
    parameter LOG2  = 10,               // 2^LOG2 entries of NHLFE
    parameter WIDE  = 0                 // 1: 'full' is minded
) (
    input  wire            clk,
    input  wire            rst,
    // settings
    input  wire            no_fec_drop,
    input  wire            null_pipe,
    input  wire [15:0]     punted,
    input  wire [255:0]    codes,       // TC of DSCP k at [4*k +: 3]
    input  wire [17:0]     n_nhlfe,
    input  wire [8:0]      n_ftn,
    // FECs; entry k at [k*92 +: 92]: next, where, mask, address
    input  wire [N_FTN*92-1:0] fecs,
    // keys; none comes while 'full', which is of the fields that stand here
    input  wire            key_valid,
    output wire            full,
    input  wire [1:0]      key_kind,    // 0: neither of them
    input  wire [1:0]      key_tags,
    input  wire [2:0]      key_n,
    input  wire [191:0]    key_words,
    input  wire [7:0]      key_port,
    // table, read into a register
    output wire            re,
    output wire [LOG2-1:0] raddr,
    input  wire [255:0]    nhlfe,       // word k at [k*32 +: 32]
    // plans, in order
    output wire            plan_valid,
    output wire [3:0]      fate,
    output wire [1:0]      tags,
    output wire [1:0]      kind,        // of the packet from now on, 0: as it was
    output wire [2:0]      back,        // net_shift: 3 and words gone, less those put in
    output wire [1:0]      n_out,
    output wire [95:0]     outs,        // word k behind the type at [k*32 +: 32]
    output wire [2:0]      patch_at,    // word that changes, 0: none
    output wire [31:0]     patch,
    output wire            used,        // an NHLFE gave the port, and the MACs
    output wire [7:0]      port,
    output wire            set_macs,
    output wire [95:0]     macs,
    // the plan folded for a tap: mpls_plan_word() of mpls_plan.h
    output wire [31:0]     tap,
    output wire            idle
);
    localparam [1:0] STACK = 2'd1, IP4 = 2'd2, IP6 = 2'd3;
    localparam [3:0] PASS  = 4'd0, SWAP = 4'd1, PUSH = 4'd2, POP = 4'd3, ENDED = 4'd4, OTHER = 4'd5,
                     BAD   = 4'd6, RESERVED = 4'd7, UNKNOWN = 4'd8, TTL = 4'd9, TOO_BIG = 4'd10,
                     ALERT = 4'd11, HOST = 4'd12, DEEP = 4'd13;
    localparam [2:0] OP_FORWARD = 3'd1, OP_LOOK = 3'd2, OP_HOST = 3'd3, OP_PUSH = 3'd4;

    // --- key, and the FECs that hold it ---------------------------------------
    reg  [3:0]   valid_q, look_q;       // clock 1 to 4: a packet; one that is looked up
    reg  [2:0]   long_q;                // ... and takes 4 clk
    reg  [3:0]   cut_q;                 // ... or has not even a whole label
    reg  [1:0]   s0_kind_q, s0_tags_q;
    reg  [2:0]   s0_n_q;
    reg  [191:0] s0_words_q;
    reg  [N_FTN-1:0] s0_hit_q;
    wire         looks    = key_kind == STACK ? key_n != 3'd0 : key_kind != 2'd0 && key_n >= 3'd5;
    wire         key_look = key_valid && looks;
    // Neither of two labels is the last.
    wire         key_long = WIDE == 0 || (looks && key_kind == STACK && !key_words[8] && !key_words[40]);
    wire [N_FTN-1:0] hit_d;

    genvar g;
    generate
        for (g = 0; g < N_FTN; g = g + 1) begin : fec
            wire [91:0] f = fecs[g*92 +: 92];
            wire        is_ip6 = key_kind == IP6;
            assign hit_d[g] = n_ftn > g && f[73] == is_ip6 && (!f[72] || f[71:64] == key_port)
                && (is_ip6 || ((key_words[4*32 +: 32] ^ f[31:0]) & f[63:32]) == 32'd0);
            wire unused = &{1'b0, f[91:74]};    // the entry of NHLFE: read below
        end
    endgenerate

    assign full = (looks && look_q[0]) || (valid_q[0] && long_q[0]) || (valid_q[1] && long_q[1]);

    always @(posedge clk) begin
        valid_q <= {valid_q[2] && long_q[2], valid_q[1:0], key_valid};
        look_q  <= {look_q[2:0], key_look};
        long_q  <= {long_q[1:0], key_long};
        cut_q   <= {cut_q[2:0], key_kind == STACK && key_n == 3'd0};
        if (key_look) begin
            s0_kind_q  <= key_kind;
            s0_tags_q  <= key_tags;
            s0_n_q     <= key_n;
            s0_words_q <= key_words;
            s0_hit_q   <= hit_d;
        end
        if (rst) begin
            valid_q <= 4'd0;
            look_q  <= 4'd0;
        end
    end

    assign idle = valid_q == 4'd0;

    integer    k;
    reg [17:0] first;                   // what the first FEC that holds it says

    always @* begin
        first = 18'd0;
        for (k = N_FTN - 1; k >= 0; k = k - 1)
            if (s0_hit_q[k])
                first = fecs[k*92+74 +: 18];
    end

    // --- reads ------------------------------------------------------------------
    wire        is_stack = s0_kind_q == STACK;
    wire [19:0] number   = key_look  ? key_words[31:12]
                         : !look_q[0] ? s0_words_q[2*32+12 +: 20]
                         : is_stack  ? s0_words_q[1*32+12 +: 20] : {2'd0, first};
    reg         found_q;                // the entry is in use

    assign re    = key_look || look_q[0] || look_q[1];
    assign raddr = number[LOG2-1:0];

    always @(posedge clk)
        if (re)
            found_q <= number < {2'd0, n_nhlfe} && number[19:LOG2] == {(20-LOG2){1'b0}};

    // --- a label, or the FEC, decides ---------------------------------------------
    wire [2:0]  at   = look_q[0] ? 3'd0 : look_q[1] ? 3'd1 : 3'd2;  // the label's place
    wire [2:0]  base = is_stack ? at + 3'd1 : 3'd0;             // what is behind it, or IP
    wire [31:0] w0   = s0_words_q[31:0];
    wire [31:0] e    = s0_words_q[at*32 +: 32];
    wire [31:0] b0   = s0_words_q[base*32 +: 32];
    wire [2:0]  base1 = base + 3'd1;
    wire [2:0]  base2 = base + 3'd2;
    wire [31:0] b1   = s0_words_q[base1*32 +: 32];
    wire [31:0] b2   = s0_words_q[base2*32 +: 32];

    // What is carried from the labels above.
    reg         open_q;                 // nothing has decided yet
    reg         pipe_q;
    reg  [7:0]  ttl_q;
    reg  [2:0]  tc_q;
    wire        open     = look_q[0] || open_q;
    wire        own      = look_q[0] || pipe_q;
    wire [7:0]  ttl      = own ? e[7:0] : ttl_q;
    wire [2:0]  tc       = own ? e[11:9] : tc_q;
    wire        s        = e[8];

    wire        reserved = e[31:16] == 16'd0;
    wire        is_null  = reserved && (e[15:12] == 4'd0 || e[15:12] == 4'd2);
    wire [2:0]  op       = is_null ? OP_LOOK : found_q ? nhlfe[2:0] : 3'd0;
    wire        pipe     = is_null ? null_pipe : nhlfe[6];
    wire [1:0]  n        = nhlfe[5:4];

    wire        is4      = b0[31:28] == 4'd4;
    wire        bare     = s0_n_q >= at + 3'd4 && (is4 || b0[31:28] == 4'd6);
    wire        fits     = bare && (!is_null || is4 == !e[13]);

    // IP of a FEC
    wire        ip4      = s0_kind_q == IP4;
    wire        is_ip    = ip4 ? w0[31:28] == 4'd4 && w0[27:24] >= 4'd5 : w0[31:28] == 4'd6;
    wire [7:0]  ip_ttl   = ip4 ? b2[31:24] : b1[7:0];
    wire [5:0]  dscp     = ip4 ? w0[23:18] : w0[27:22];
    wire [16:0] len      = (ip4 ? {1'b0, w0[15:0]} : {1'b0, b1[31:16]} + 17'd40) + {13'd0, n, 2'd0};
    wire [15:0] mtu      = nhlfe[7*32 +: 16];

    reg         ends;                   // this decides
    reg  [3:0]  fate_d;
    reg         next_d;                 // the label below becomes the top one
    reg  [1:0]  patch_d;                // TTL of IPv4 or IPv6 behind, as kinds; 0: none
    reg  [1:0]  bare_kind;

    always @* begin
        ends      = 1'b0;
        fate_d    = no_fec_drop ? OTHER : PASS;
        next_d    = 1'b0;
        patch_d   = 2'd0;
        bare_kind = is4 ? IP4 : IP6;
        if (!is_stack) begin
            ends = look_q[1];
            if (is_ip && s0_hit_q != {N_FTN{1'b0}}) begin
                if (!found_q || nhlfe[2:0] != OP_PUSH)
                    fate_d = UNKNOWN;
                else if (ip_ttl <= 8'd1)
                    fate_d = TTL;
                else if (mtu != 16'd0 && len > {1'b0, mtu})
                    fate_d = TOO_BIG;
                else begin
                    fate_d  = PUSH;
                    patch_d = s0_kind_q;
                end
            end
        end else begin
            ends = open && (look_q[0] || look_q[1] || look_q[2]);
            if (s0_n_q <= at)
                fate_d = BAD;
            else if (reserved && !is_null)
                fate_d = punted[e[15:12]] ? ALERT : RESERVED;
            else
                case (op)
                    OP_FORWARD:
                        if (ttl <= 8'd1)
                            fate_d = TTL;
                        else if (n != 2'd0)
                            fate_d = SWAP;
                        else if (s) begin
                            fate_d  = bare ? POP : BAD;
                            patch_d = bare && !pipe ? bare_kind : 2'd0;
                        end else begin
                            next_d = s0_n_q >= at + 3'd2;
                            fate_d = next_d ? POP : BAD;
                        end
                    OP_LOOK:
                        if (s) begin
                            fate_d  = fits ? ENDED : BAD;
                            patch_d = fits && !pipe ? bare_kind : 2'd0;
                        end else begin
                            fate_d = DEEP;
                            ends   = ends && at[1];
                        end
                    OP_HOST:
                        fate_d = HOST;
                    default:
                        fate_d = UNKNOWN;
                endcase
        end
    end

    wire swaps = fate_d == SWAP;
    wire pops  = fate_d == POP || fate_d == ENDED;

    // --- plan: what has been decided ------------------------------------------------
    reg  [3:0]   plan_fate_q;
    reg  [1:0]   plan_tags_q;
    reg  [1:0]   plan_n_q;              // labels of the NHLFE that go out
    reg  [2:0]   plan_gone_q;
    reg          plan_next_q, plan_pipe_q, plan_s_q, plan_used_q;
    reg  [1:0]   plan_kind_q, plan_patch_q;
    reg  [31:0]  plan_word_q;           // the label below, or the one with the TTL
    reg  [7:0]   plan_ttl_q;
    reg  [2:0]   plan_tc_q;
    reg  [191:0] plan_nhlfe_q;          // words 1 to 6
    reg  [7:0]   plan_port_q;
    reg          plan_macs_q;

    wire [7:0] less = (is_stack ? ttl : ip_ttl) - 8'd1;

    always @(posedge clk) begin
        if (look_q[0] || look_q[1] || look_q[2]) begin
            open_q <= open && !ends;
            pipe_q <= pipe;
            ttl_q  <= ttl;
            tc_q   <= tc;
        end
        if (ends) begin
            plan_fate_q  <= fate_d;
            plan_tags_q  <= s0_tags_q;
            plan_n_q     <= swaps || fate_d == PUSH ? n : 2'd0;
            plan_gone_q  <= swaps || pops ? at + 3'd1 + {2'd0, next_d} : 3'd0;
            plan_next_q  <= next_d;
            plan_pipe_q  <= pipe;
            plan_s_q     <= s || !is_stack;
            plan_used_q  <= swaps || fate_d == PUSH || fate_d == POP;
            plan_kind_q  <= swaps || next_d ? STACK : pops ? bare_kind
                          : fate_d != PUSH ? 2'd0 : n != 2'd0 ? STACK : s0_kind_q;
            plan_patch_q <= patch_d;
            plan_word_q  <= next_d ? b0 : patch_d == IP4 ? b2 : b1;
            plan_ttl_q   <= fate_d == ENDED ? ttl : less;
            plan_tc_q    <= is_stack ? tc : codes[dscp*4 +: 3];
            plan_nhlfe_q <= nhlfe[1*32 +: 192];
            plan_port_q  <= nhlfe[23:16];
            plan_macs_q  <= nhlfe[8];
        end
        if (rst)
            open_q <= 1'b0;
    end

    // --- plan: what it comes to ---------------------------------------------------
    // A label out of an NHLFE as an entry of the stack; its TTL is its own or 'copy'.
    function [31:0] entry(input [31:0] w, input [2:0] copy_tc, input bottom, input [7:0] copy);
        entry = {w[19:0], w[23] ? w[22:20] : copy_tc, bottom, w[31:24] != 8'd0 ? w[31:24] : copy};
    endfunction

    // RFC 1624, equation 3: ip4_sum_change() of core/net_ip4.h.
    function [15:0] sum_change(input [15:0] sum, input [15:0] was, input [15:0] is);
        reg [17:0] a;
        reg [16:0] b;
        begin
            a = {2'd0, ~sum} + {2'd0, ~was} + {2'd0, is};
            b = {1'b0, a[15:0]} + {15'd0, a[17:16]};
            sum_change = ~(b[15:0] + {15'd0, b[16]});
        end
    endfunction

    // The packet whose plan this is was looked up, else the plan is that of no lookup.
    wire        on     = valid_q[3] ? look_q[3] : look_q[2];
    wire        cut    = valid_q[3] ? cut_q[3] : cut_q[2];
    wire        is_swap = plan_fate_q == SWAP;
    wire [31:0] label0 = entry({plan_nhlfe_q[31:24] & {8{!is_swap}}, plan_nhlfe_q[23:0]},
                               plan_tc_q, plan_s_q, plan_ttl_q);
    wire [31:0] label1 = entry(plan_nhlfe_q[63:32], plan_tc_q, 1'b0, plan_ttl_q);
    wire [31:0] label2 = entry(plan_nhlfe_q[95:64], plan_tc_q, 1'b0, plan_ttl_q);
    wire [31:0] below  = plan_pipe_q ? plan_word_q
                       : {plan_word_q[31:12], plan_tc_q, plan_word_q[8], plan_ttl_q};
    wire [15:0] is     = {plan_ttl_q, plan_word_q[23:16]};
    wire [31:0] out0   = plan_next_q ? below : plan_n_q == 2'd3 ? label2
                       : plan_n_q == 2'd2 ? label1 : label0;
    wire [31:0] out1   = plan_n_q == 2'd3 ? label1 : label0;

    assign plan_valid = valid_q[3] || (valid_q[2] && !long_q[2]);
    assign fate       = on ? plan_fate_q : cut ? BAD : no_fec_drop ? OTHER : PASS;
    assign tags       = plan_tags_q;
    assign kind       = plan_kind_q & {2{on}};
    assign n_out      = on ? plan_n_q | {1'b0, plan_next_q} : 2'd0;
    assign back       = on ? 3'd3 + plan_gone_q - {1'b0, n_out} : 3'd3;
    assign outs       = {label0 & {32{n_out == 2'd3}}, out1 & {32{n_out[1]}}, out0 & {32{n_out != 2'd0}}};
    assign patch_at   = !on || plan_patch_q == 2'd0 ? 3'd0
                      : {1'b0, n_out} + (plan_patch_q == IP4 ? 3'd2 : 3'd1);
    assign patch      = patch_at == 3'd0 ? 32'd0
                      : plan_patch_q == IP4 ? {is, sum_change(plan_word_q[15:0], plan_word_q[31:16], is)}
                      : {plan_word_q[31:8], plan_ttl_q};
    assign used       = on && plan_used_q;
    assign port       = plan_port_q & {8{used}};
    assign set_macs   = plan_macs_q && used;
    assign macs       = {plan_nhlfe_q[143:128], plan_nhlfe_q[127:96],
                         plan_nhlfe_q[159:144], plan_nhlfe_q[191:160]};

    wire [2:0]  gone   = plan_gone_q & {3{on}};
    wire [31:0] in_use = {32{set_macs}};

    assign tap = {fate, gone, n_out, kind, patch_at, 6'd0, port, 3'd0, set_macs}
               ^ {outs[28:0], outs[31:29]}                          // turned by 3
               ^ {outs[32 +: 22], outs[54 +: 10]}                   // by 10
               ^ {outs[64 +: 15], outs[79 +: 17]}                   // by 17
               ^ {patch[6:0], patch[31:7]}                          // by 25
               ^ (in_use & plan_nhlfe_q[127:96])                    // DST
               ^ (in_use & {plan_nhlfe_q[128 +: 21], plan_nhlfe_q[149 +: 11]})  // MACS by 11
               ^ (in_use & {plan_nhlfe_q[160 +: 15], plan_nhlfe_q[175 +: 17]}); // SRC by 17

    wire unused = &{1'b0, w0[17:16], nhlfe[31:24], nhlfe[15:9], nhlfe[7], nhlfe[3], nhlfe[255:240]};
endmodule
`default_nettype wire
