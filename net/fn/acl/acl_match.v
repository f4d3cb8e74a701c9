// acl_match.v - the first rule that a key matches: the rules stand in memory, LANES
// of them in a row, and a row is compared in each clock until one matches or there
// are no more.  C body: scan() in acl.c.
//
//   clock    0          1          2          3
//   key      taken
//   reads    row 0      row 1      row 2      ...
//   hit_q                          row 0      row 1
//   verdict                        row 0?     row 1?
//
// n rows take n + 1 clocks, keys without IPv4 one.  The next key is taken in the
// clock of the verdict; until then it waits, and who sends it with it.  A word that
// is read through the window takes the memory for as long as it is asked for.
`default_nettype none
module acl_match #(
    parameter N_RULE = 256,             // rules, a power of two
    parameter LANES  = 8                // rules in a row, a power of two, 2..N_RULE/4
) (
    input  wire        clk,
    input  wire        rst,
    // registers
    input  wire        no_match,        // what becomes of a key without a rule
    input  wire        no_flags,        // rules match whatever the flags are
    input  wire [31:0] n_rules,
    // table: RULE of acl.csr
    input  wire        window_we,
    input  wire        window_re,
    input  wire        window_moves,
    input  wire [31:0] window_index,
    input  wire [31:0] window_wdata,
    output wire        window_ack,
    output wire [31:0] window_rdata,
    // keys: valid for one clock, the others stand while 'waits'
    input  wire        key_valid,
    input  wire        has_ip,
    input  wire        has_flags,
    input  wire [31:0] src,
    input  wire [31:0] dst,
    input  wire [15:0] sport,
    input  wire [15:0] dport,
    input  wire [7:0]  proto,
    input  wire [7:0]  flags,
    input  wire [5:0]  dscp,
    output wire        waits,
    // one verdict a key, in order
    output wire        verdict_valid,
    output wire        drop,
    output wire [15:0] first            // number of the rule from 1, or 0
);
    localparam LANE   = $clog2(LANES);
    localparam NUMBER = $clog2(N_RULE);
    localparam ROW    = NUMBER - LANE;
    localparam RULE   = 256;            // bits a rule: 8 words, acl.csr

    // --- which row is read ----------------------------------------------------
    reg              waits_q;           // a key has come and was not taken
    reg              busy_q;            // one was, and has no verdict
    reg              end_q;             // ... and all its rows are read
    reg [ROW-1:0]    row_q;             // ... or this one is next
    reg              none_q;            // ... or no row has to be
    reg              read_1_q, read_2_q;    // a row was read one, two clocks before
    reg [ROW-1:0]    row_1_q, row_2_q;
    reg              last_1_q, last_2_q;    // there is none behind it
    reg [LANES-1:0]  hit_q, drop_q;     // of row_2_q: which match, which drop

    wire             hit  = read_2_q && hit_q != {LANES{1'b0}};
    wire             done = none_q || hit || (read_2_q && last_2_q);
    wire             take = (key_valid || waits_q) && (!busy_q || done) && !window_re;
    wire             look = take && has_ip && n_rules != 32'd0;
    wire             more = busy_q && !end_q && !done && !window_re;
    wire [ROW-1:0]   row  = take ? {ROW{1'b0}} : row_q;
    // The last row with rules in use, where there are any, and which are in it.
    wire             all     = n_rules[31:NUMBER] != {(32-NUMBER){1'b0}};
    wire             whole   = all || n_rules[LANE-1:0] == {LANE{1'b0}};
    wire [LANES-1:0] ending  = whole ? {LANES{1'b1}} : ~({LANES{1'b1}} << n_rules[LANE-1:0]);
    wire [ROW-1:0]   end_row = all ? {ROW{1'b1}} : n_rules[NUMBER-1:LANE] - {{(ROW-1){1'b0}}, whole};
    wire             last    = row == end_row;

    assign waits         = (key_valid || waits_q) && !take;
    assign verdict_valid = done;

    // --- the key that is looked up ----------------------------------------------
    reg [31:0] src_q, dst_q;
    reg [15:0] sport_q, dport_q;
    reg [7:0]  proto_q, flags_q;
    reg [5:0]  dscp_q;
    reg        has_flags_q;

    always @(posedge clk)
        if (look) begin
            src_q       <= src;
            dst_q       <= dst;
            sport_q     <= sport;
            dport_q     <= dport;
            proto_q     <= proto;
            flags_q     <= flags;
            dscp_q      <= dscp;
            has_flags_q <= has_flags;
        end

    // --- table --------------------------------------------------------------------
    wire                   window_in   = window_index[31:NUMBER+3] == {(29-NUMBER){1'b0}};
    wire [LANE-1:0]        window_lane = window_index[3 +: LANE];
    wire [ROW-1:0]         window_row  = window_index[3+LANE +: ROW];
    reg                    fetch_1_q, fetch_2_q;    // its row is held, it is in word_q
    reg  [31:0]            word_q;
    wire [LANES*RULE-1:0]  held;        // the row that was read, rule k at [k*RULE +: RULE]

    assign window_ack   = fetch_2_q;
    assign window_rdata = word_q;

    genvar g, h;
    generate
        for (g = 0; g < LANES; g = g + 1) begin : lane
            for (h = 0; h < 8; h = h + 1) begin : word
                net_ram #(.W (32), .LOG2 (ROW)) store (
                    .clk     (clk),
                    .we      (window_we && window_in && window_lane == g[LANE-1:0]
                              && window_index[2:0] == h[2:0]),
                    .waddr   (window_row),
                    .wdata   (window_wdata),
                    .re      (look || more || window_re),
                    .raddr   (window_re ? window_row : row),
                    .rdata_q (held[g*RULE + h*32 +: 32])
                );
            end

            wire [RULE-1:0] r = held[g*RULE +: RULE];
            wire [7:0] flags_mask = r[6*32+24 +: 8];
            wire flags_fit = no_flags || flags_mask == 8'd0
                || (has_flags_q && ((flags_q ^ r[6*32+16 +: 8]) & flags_mask) == 8'd0);

            always @(posedge clk)
                if (read_1_q) begin
                    hit_q[g] <= (!last_1_q || ending[g])
                        && ((src_q ^ r[0*32 +: 32]) & r[1*32 +: 32]) == 32'd0
                        && ((dst_q ^ r[2*32 +: 32]) & r[3*32 +: 32]) == 32'd0
                        && sport_q >= r[4*32 +: 16] && sport_q <= r[4*32+16 +: 16]
                        && dport_q >= r[5*32 +: 16] && dport_q <= r[5*32+16 +: 16]
                        && ((proto_q ^ r[6*32 +: 8]) & r[6*32+8 +: 8]) == 8'd0
                        && ((dscp_q ^ r[7*32+8 +: 6]) & r[7*32+16 +: 6]) == 6'd0
                        && flags_fit;
                    drop_q[g] <= r[7*32];
                end

            wire unused = &{1'b0, r[7*32+22 +: 10], r[7*32+14 +: 2], r[7*32+1 +: 7]};
        end
    endgenerate

    always @(posedge clk) begin
        fetch_1_q <= window_re && !window_moves;
        fetch_2_q <= fetch_1_q && window_re && !window_moves;
        if (fetch_1_q)
            word_q <= window_in ? held[{window_lane, window_index[2:0], 5'd0} +: 32] : 32'd0;
        waits_q   <= waits;
        none_q    <= take && !look;
        read_1_q  <= look || more;
        read_2_q  <= read_1_q && !done;
        if (take || done)
            busy_q <= take;
        if (take || more) begin
            row_q    <= row + 1'b1;
            row_1_q  <= row;
            last_1_q <= last;
            end_q    <= last;
        end
        if (read_1_q) begin
            row_2_q  <= row_1_q;
            last_2_q <= last_1_q;
        end
        if (rst) begin
            fetch_1_q <= 1'b0;
            fetch_2_q <= 1'b0;
            waits_q   <= 1'b0;
            none_q    <= 1'b0;
            read_1_q  <= 1'b0;
            read_2_q  <= 1'b0;
            busy_q    <= 1'b0;
        end
    end

    // --- the first that matches -------------------------------------------------
    integer          k;
    reg [LANE-1:0]   number;
    reg              number_drop;

    always @* begin
        number      = {LANE{1'b0}};
        number_drop = 1'b0;
        for (k = LANES - 1; k >= 0; k = k - 1)
            if (hit_q[k]) begin
                number      = k[LANE-1:0];
                number_drop = drop_q[k];
            end
    end

    assign first = hit ? {{(16-NUMBER){1'b0}}, row_2_q, number} + 16'd1 : 16'd0;
    assign drop  = hit ? number_drop : no_match;
endmodule
`default_nettype wire
