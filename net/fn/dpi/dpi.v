// dpi.v - the first of few literals that is in the first DEPTH bytes of a packet or
// of its payload (RTL body).  C body: dpi.c.  1 beat/clk; a packet leaves when its
// verdict is known: with its end, or behind the bytes in scope, and 6 clocks.
//
//   s_axis -+-> net_hold --------------------------------------------+-> m_axis
//           |                                                        |
//           +-> dpi_payload -> scope -> prefix_q, hit_q -> first -> RULE
//
// All literals stand one behind the other in N_BYTE places, and for each place a
// bit of prefix_q says that its literal is there up to it: Shift-And (R. Baeza-
// Yates and G. Gonnet, A New Approach to Text Searching, CACM 35, 1992), W / 8
// bytes a clock.  So literals are as long as they like while there are places.
// What is compared is in flip-flops, by bits: bit b of all places in one vector.
// What a literal says is in block RAM.
`default_nettype none
module dpi #(
    parameter W       = 64,             // stream width in bits: 32, 64, 128, 256
    parameter N_BYTE  = 128,            // places: a power of two, 64 or more
    parameter N_REGEX = 0               // none
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire           idle,
    // taps: scope, find, rule
    output wire [2:0]     tap_valid,
    output wire [95:0]    tap_data
);
    localparam L     = W / 8;           // bytes a beat
    localparam LOG2  = 15 - $clog2(W);  // 2,047 bytes, headers and 8 clk
    localparam P     = $clog2(N_BYTE);  // bits of a place
    localparam GROUPS = N_BYTE / 32;
    localparam GROUP  = P - 5;          // bits of a group's number
    localparam SLICE = 10;              // bits of a word that are compared
    localparam REST  = 32 - SLICE;      // ... and the others
    localparam [8:0] BEAT = L[8:0];

    // --- registers ------------------------------------------------------------
    wire [31:0] scope;
    wire [31:0] depth;
    wire [31:0] n_bytes;
    wire [31:0] n_regex;
    wire [31:0] engine;
    wire [31:0] window_index;
    wire        window_we, window_re, window_moves, window_ack;
    wire [31:0] window_rdata;
    reg         n_literal_q, n_none_q, n_drops_q, n_punts_q, n_cut_q, n_outside_q;

    wire [255:0] counts;                // for the host only
    dpi_csr csr (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .scope         (scope),
        .depth         (depth),
        .n_bytes       (n_bytes),
        .n_regex       (n_regex),
        .engine        (engine),
        .n_literal_add ({7'd0, n_literal_q}),
        .n_literal     (counts[0*32 +: 32]),
        .n_pattern_add (8'd0),
        .n_pattern     (counts[1*32 +: 32]),
        .n_none_add    ({7'd0, n_none_q}),
        .n_none        (counts[2*32 +: 32]),
        .n_drops_add   ({7'd0, n_drops_q}),
        .n_drops       (counts[3*32 +: 32]),
        .n_punts_add   ({7'd0, n_punts_q}),
        .n_punts       (counts[4*32 +: 32]),
        .n_cut_add     ({7'd0, n_cut_q}),
        .n_cut         (counts[5*32 +: 32]),
        .n_outside_add ({7'd0, n_outside_q}),
        .n_outside     (counts[6*32 +: 32]),
        .n_blind_add   (8'd0),
        .n_blind       (counts[7*32 +: 32]),
        .window_index  (window_index),
        .window_we     (window_we),
        .window_re     (window_re),
        .window_moves  (window_moves),
        .window_ack    (window_ack),
        .window_rdata  (window_rdata)
    );

    // --- literals -------------------------------------------------------------
    reg  [SLICE*N_BYTE-1:0] entry_q;    // bit b of place p at [b*N_BYTE + p]
    reg                     fetched_q;  // the window's word was read
    reg                     hit_valid_q;
    wire [P-1:0]            at;         // the place where the first hit ends
    wire [REST-1:0]         held;       // upper bits of place 'at' or the window's

    wire         window_in   = window_index[31:P] == {(32-P){1'b0}};
    wire [P-1:0] window_at   = window_index[P-1:0];
    wire         window_read = window_re && !hit_valid_q;

    net_ram #(.W (REST), .LOG2 (P)) rule (
        .clk     (clk),
        .we      (window_we && window_in),
        .waddr   (window_at),
        .wdata   (csr_wdata[31:SLICE]),
        .re      (hit_valid_q || window_read),
        .raddr   (hit_valid_q ? at : window_at),
        .rdata_q (held)
    );

    wire [SLICE-1:0]  entry;            // lower bits of the window's word
    wire [N_BYTE-1:0] in_use;
    genvar g;
    generate
        for (g = 0; g < SLICE; g = g + 1) begin : slice
            wire [N_BYTE-1:0] of_all = entry_q[g*N_BYTE +: N_BYTE];
            assign entry[g] = of_all[window_at];
        end
        for (g = 0; g < GROUPS; g = g + 1) begin : group
            assign in_use[g*32 +: 32] = n_bytes[31:5] == g ? ~(32'hffffffff << n_bytes[4:0])
                                      : {32{n_bytes[31:5] > g}};
        end
    endgenerate

    integer b;
    always @(posedge clk)
        if (window_we && window_in)
            for (b = 0; b < SLICE; b = b + 1)
                entry_q[b*N_BYTE + {{(32-P){1'b0}}, window_at}] <= csr_wdata[b];

    wire [N_BYTE-1:0] last   = entry_q[8*N_BYTE +: N_BYTE];
    wire [N_BYTE-1:0] either = entry_q[9*N_BYTE +: N_BYTE];
    wire [N_BYTE-1:0] start  = {last[N_BYTE-2:0], 1'b1};
    wire [N_BYTE-1:0] stop   = last & in_use;

    assign window_ack   = fetched_q;
    assign window_rdata = window_in ? {held, entry} : 32'd0;

    // --- scope: which bytes count -----------------------------------------------
    // A beat stands a clock until its headers are read: a payload may begin in it.
    wire         beat = s_axis_tvalid && s_axis_tready;
    wire         known, none, mid;
    wire [7:0]   origin;
    wire [15:0]  rest;

    dpi_payload #(.W (W)) payload (
        .clk     (clk),
        .rst     (rst),
        .beat    (beat),
        .tdata   (s_axis_tdata),
        .tkeep   (s_axis_tkeep),
        .tlast   (s_axis_tlast),
        .error   (s_axis_tuser[33]),
        .known   (known),
        .none    (none),
        .origin  (origin),
        .bytes   (rest),
        .more    (mid)
    );

    reg  [W-1:0] came_data_q;
    reg  [L-1:0] came_keep_q;
    reg          came_valid_q;
    reg          came_first_q;
    reg          came_last_q;

    always @(posedge clk) begin
        came_valid_q <= beat && !rst;
        if (beat) begin
            came_data_q  <= s_axis_tdata;
            came_keep_q  <= s_axis_tkeep;
            came_first_q <= !mid;
            came_last_q  <= s_axis_tlast;
        end
    end

    reg  [8:0]   passed_q;              // bytes of the beats before, up to 256
    reg          begun_q;               // those in scope are known: left_q, rest_q mean something
    reg          told_q;                // the verdict is on its way
    reg  [11:0]  left_q;                // bytes still to be looked at
    reg  [11:0]  rest_q;                // bytes still in scope, at most 2,048 of them

    wire         has    = !scope[0] || known;
    wire         told   = told_q && !came_first_q;
    wire         begun  = begun_q && !came_first_q;
    wire [8:0]   passed = came_first_q ? 9'd0 : passed_q;
    wire [11:0]  left_d = begun ? left_q : {1'b0, depth[10:0]};
    wire [11:0]  rest_d = begun ? rest_q
                        : !scope[0] || rest[15:11] != 5'd0 ? 12'd2048 : {1'b0, rest[10:0]};
    wire [8:0]   from   = scope[0] ? {1'b0, origin} : 9'd0;
    wire [8:0]   ahead  = has && passed < from ? from - passed : 9'd0;  // bytes of no interest
    wire [12:0]  end_d  = {4'd0, ahead} + {1'b0, left_d};   // where DEPTH ends
    wire [12:0]  stop_d = {4'd0, ahead} + {1'b0, rest_d};   // ... and the scope
    wire [L-1:0] all    = {L{1'b1}};
    wire [L-1:0] here   = came_keep_q & {L{has}} & (all << ahead);  // bytes of interest
    wire [L-1:0] behind = all << end_d;     // ... of this beat, behind DEPTH
    wire [L-1:0] beyond = all << stop_d;    // ... behind the scope
    wire [L-1:0] counts_d = here & ~behind & ~beyond;
    wire         cut_d  = |(here & behind & ~beyond);
    wire         done_d = came_last_q || cut_d || |(here & beyond) || (scope[0] && none);
    wire [12:0]  took   = ahead < BEAT ? {4'd0, BEAT - ahead} : 13'd0;

    reg  [W-1:0] find_data_q;
    reg  [L-1:0] find_counts_q;
    reg          find_first_q;          // a packet's first beat
    reg          scope_valid_q;         // find_data_q is to be looked at
    reg          scope_done_q;          // ... and the last beat that counts
    reg          scope_cut_q;
    reg          scope_has_q;
    reg  [7:0]   scope_start_q;

    always @(posedge clk) begin
        if (came_valid_q) begin
            passed_q <= passed[8] ? passed : passed + BEAT;
            begun_q  <= has;
            told_q   <= told || done_d;
            left_q   <= {1'b0, left_d} > took ? left_d - took[11:0] : 12'd0;
            rest_q   <= {1'b0, rest_d} > took ? rest_d - took[11:0] : 12'd0;
        end
        scope_valid_q <= came_valid_q && !told && !rst;
        if (came_valid_q && !told) begin
            find_data_q   <= came_data_q;
            find_counts_q <= counts_d;
            find_first_q  <= came_first_q;
            scope_done_q  <= done_d;
            scope_cut_q   <= cut_d;
            scope_has_q   <= has;
            scope_start_q <= scope[0] && known ? origin : 8'd0;
        end
    end

    assign tap_valid[0]   = scope_valid_q && scope_done_q;
    assign tap_data[31:0] = {scope_cut_q, scope_has_q, 22'd0, scope_start_q};

    // --- find: up to where literals are there, and which are whole -----------
    reg  [N_BYTE-1:0] prefix_q;         // behind the byte before
    reg  [N_BYTE-1:0] hit_q;            // literals that ended here, in this packet
    reg               hit_cut_q, hit_has_q;

    // {hits, prefixes} behind a beat, of those before it.  A function, not wires:
    // simulated in clocks with bytes only, and then those that count.
    function [2*N_BYTE-1:0] look(input [2*N_BYTE-1:0] had, input [W-1:0] bytes, input [L-1:0] count);
        integer          k;
        reg [N_BYTE-1:0] prefix;
        reg [N_BYTE-1:0] seen;
        reg [N_BYTE-1:0] other;         // places of other bytes
        reg [7:0]        c;
        begin
            prefix = had[N_BYTE-1:0];
            seen   = {N_BYTE{1'b0}};
            for (k = 0; k < L; k = k + 1)
                if (count[k]) begin
                    c      = bytes[k*8 +: 8];
                    other  = (entry_q[0*N_BYTE +: N_BYTE] ^ {N_BYTE{c[0]}})
                           | (entry_q[1*N_BYTE +: N_BYTE] ^ {N_BYTE{c[1]}})
                           | (entry_q[2*N_BYTE +: N_BYTE] ^ {N_BYTE{c[2]}})
                           | (entry_q[3*N_BYTE +: N_BYTE] ^ {N_BYTE{c[3]}})
                           | (entry_q[4*N_BYTE +: N_BYTE] ^ {N_BYTE{c[4]}})
                           | ((entry_q[5*N_BYTE +: N_BYTE] ^ {N_BYTE{c[5]}}) & ~either)
                           | (entry_q[6*N_BYTE +: N_BYTE] ^ {N_BYTE{c[6]}})
                           | (entry_q[7*N_BYTE +: N_BYTE] ^ {N_BYTE{c[7]}});
                    prefix = ({prefix[N_BYTE-2:0], 1'b0} | start) & ~other;
                    seen   = seen | prefix;
                end else
                    prefix = {N_BYTE{1'b0}};
            look = {had[N_BYTE +: N_BYTE] | (seen & stop), prefix};
        end
    endfunction

    always @(posedge clk) begin
        hit_valid_q <= scope_valid_q && scope_done_q && !rst;
        if (scope_valid_q) begin
            {hit_q, prefix_q} <= look(find_first_q ? {(2*N_BYTE){1'b0}} : {hit_q, prefix_q},
                                      find_data_q, find_counts_q);
            hit_cut_q <= scope_cut_q;
            hit_has_q <= scope_has_q;
        end
    end

    // --- rule: what the first of them says ------------------------------------
    integer         j;
    reg [GROUP-1:0] in_group;
    always @* begin
        in_group = {GROUP{1'b0}};
        for (j = GROUPS - 1; j >= 0; j = j - 1)
            if (hit_q[j*32 +: 32] != 32'd0)
                in_group = j[GROUP-1:0];
    end

    wire [31:0] some   = hit_q[{in_group, 5'd0} +: 32];
    wire [31:0] lowest = some & (~some + 32'd1);
    wire        found  = some != 32'd0;
    assign at = {in_group, |(lowest & 32'hffff0000), |(lowest & 32'hff00ff00),
                 |(lowest & 32'hf0f0f0f0), |(lowest & 32'hcccccccc),
                 |(lowest & 32'haaaaaaaa)};
    reg        rule_valid_q;
    reg        rule_found_q;
    reg        rule_cut_q;
    reg        rule_has_q;

    always @(posedge clk) begin
        fetched_q    <= window_read && !window_moves && !rst;
        rule_valid_q <= hit_valid_q && !rst;
        rule_found_q <= found;
        rule_cut_q   <= hit_cut_q;
        rule_has_q   <= hit_has_q;
    end

    // held: the word from bit 10 on: drop, punt, mirror, three more, the mark
    wire [18:0] says = {held[2:0], held[21:6]} & {19{rule_found_q}};

    assign tap_valid[2:1]  = {rule_valid_q, hit_valid_q};
    assign tap_data[63:32] = {{(31-P){1'b0}},
                              {1'b0, at & {P{found}}} + {{P{1'b0}}, found}};
    assign tap_data[95:64] = {rule_cut_q, rule_has_q, 11'd0, says};

    // --- packets wait for their verdicts ------------------------------------
    // One that is dropped or punted already passes as it is and counts nowhere.
    wire [47:0] user;
    wire [15:0] mark;
    wire        mirror, punt, drop, hit, cut, in_scope;
    wire        hold_empty;
    wire        done   = user[32] || user[34];
    wire        judged = m_axis_tvalid && m_axis_tready && m_axis_tlast && !done;

    // Counted a clock later, when the packet is still in the slot.
    always @(posedge clk) begin
        n_literal_q <= judged && hit;
        n_none_q    <= judged && !hit;
        n_drops_q   <= judged && drop;
        n_punts_q   <= judged && punt;
        n_cut_q     <= judged && cut;
        n_outside_q <= judged && !in_scope;
    end

    assign m_axis_tuser = done ? user
                        : {user[47:36], user[35] || mirror, punt, user[33], drop,
                           mark, user[15:0]};

    assign idle = !mid && !came_valid_q && !scope_valid_q && !hit_valid_q && !rule_valid_q && hold_empty;

    net_hold #(.W (W), .LOG2 (LOG2), .V (22)) hold (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .verdict_valid (rule_valid_q),
        .verdict       ({rule_has_q, rule_cut_q, rule_found_q, says}),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (user),
        .m_verdict     ({in_scope, cut, hit, mirror, punt, drop, mark}),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (hold_empty)
    );

    wire unused = &{1'b0, counts, scope[31:1], depth[31:11], n_regex, engine, held[5:3],
                    N_REGEX[0]};
endmodule
`default_nettype wire
