// acl_match.v - the first rule that a key matches, whatever the number of rules: for
// every four bits of the key a row of bits says which rules these fit, and a rule
// matches where all rows have a 1.  C body: scan() in acl.c.
//
//   clock    0          1          2
//   key      taken
//   match_q             rules that match
//   verdict                        the first of them and its action
//
// Keys come one a clock.  The rules stand in a table, too, which the window reads and
// writes; behind a write a rule's bits are made again from there, 16 clocks for a rule,
// in which no packet may enter.  A word that is read through the window takes the
// table, and a key that needs an action waits, for as long as it is asked for.
// Algorithm: T. Ganegedara, V. K. Prasanna, "StrideBV: single chip 400G+ packet
// classification", IEEE HPSR 2012, with ranges compared four bits at a time.
`default_nettype none
module acl_match #(
    parameter N_RULE = 256              // rules, a power of two, 64 or more
) (
    input  wire        clk,
    input  wire        rst,
    // registers
    input  wire        no_match,        // what becomes of a key without a rule
    input  wire        no_flags,        // rules match whatever the flags are
    input  wire [31:0] n_rules,
    // table: RULE of acl.csr; not written while 'behind'
    input  wire        window_we,
    input  wire        window_re,
    input  wire        window_moves,
    input  wire [31:0] window_index,
    input  wire [31:0] window_wdata,
    output wire        window_ack,
    output wire [31:0] window_rdata,
    output wire        works,           // bits are made: no key may come
    output wire        behind,          // ... of two rules
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
    localparam NUMBER = $clog2(N_RULE);
    localparam GROUPS = N_RULE / 32;
    localparam GROUP  = NUMBER - 5;
    localparam RULE   = 256;            // bits a rule: 8 words, acl.csr
    localparam MASKED = 21;             // four bits of the key that have a mask
    localparam SOON   = 7;              // clocks in which a rule's next word comes

    // --- table --------------------------------------------------------------------
    wire              window_in   = window_index[31:NUMBER+3] == {(29-NUMBER){1'b0}};
    wire [NUMBER-1:0] window_rule = window_index[3 +: NUMBER];
    wire              write       = window_we && window_in;
    reg               fetch_1_q, fetch_2_q;     // its rule is held, it is in word_q
    reg  [31:0]       word_q;
    wire [RULE-1:0]   r;                // the rule that was read
    wire              asks;             // a rule is read to make its bits
    wire              acts;             // the action of the rule 'number' is read
    reg  [NUMBER-1:0] run_q;
    wire [NUMBER-1:0] number;

    assign window_ack   = fetch_2_q;
    assign window_rdata = word_q;

    genvar g;
    generate
        for (g = 0; g < 8; g = g + 1) begin : word
            net_ram #(.W (32), .LOG2 (NUMBER)) store (
                .clk     (clk),
                .we      (write && window_index[2:0] == g[2:0]),
                .waddr   (window_rule),
                .wdata   (window_wdata),
                .re      (window_re || asks || (acts && g == 7)),
                .raddr   (window_re ? window_rule : acts ? number : run_q),
                .rdata_q (r[g*32 +: 32])
            );
        end
    endgenerate

    always @(posedge clk) begin
        fetch_1_q <= window_re && !window_moves;
        fetch_2_q <= fetch_1_q && window_re && !window_moves;
        if (fetch_1_q)
            word_q <= window_in ? r[{window_index[2:0], 5'd0} +: 32] : 32'd0;
        if (rst) begin
            fetch_1_q <= 1'b0;
            fetch_2_q <= 1'b0;
        end
    end

    // --- making bits ----------------------------------------------------------------
    reg              todo_valid_q;      // this rule was written
    reg [NUMBER-1:0] todo_q;
    reg [2:0]        soon_q;
    reg              run_valid_q;       // the bits of run_q are made
    reg              row_q;             // ... and r is this rule
    reg [3:0]        value_q;           // ... for this value of four bits
    reg [N_RULE-1:0] one_q;             // ... in this place of a row
    wire             make   = run_valid_q && row_q;
    wire             start  = todo_valid_q && !run_valid_q
                            && (soon_q == 3'd0 || window_rule != todo_q);

    assign asks   = run_valid_q && !row_q;
    assign works  = todo_valid_q || run_valid_q;
    assign behind = todo_valid_q && run_valid_q && todo_q != window_rule;

    always @(posedge clk) begin
        if (soon_q != 3'd0)
            soon_q <= soon_q - 3'd1;
        if (start) begin
            todo_valid_q <= 1'b0;
            run_valid_q  <= 1'b1;
            run_q        <= todo_q;
            one_q        <= {{(N_RULE-1){1'b0}}, 1'b1} << todo_q;
            value_q      <= 4'd0;
        end
        row_q <= run_valid_q && !window_re;
        if (make) begin
            value_q <= value_q + 4'd1;
            if (value_q == 4'd15) begin
                run_valid_q <= 1'b0;
                row_q       <= 1'b0;
            end
        end
        if (write) begin
            todo_valid_q <= 1'b1;
            todo_q       <= window_rule;
            soon_q       <= SOON[2:0];
        end
        if (rst) begin
            todo_valid_q <= 1'b0;
            run_valid_q  <= 1'b0;
            row_q        <= 1'b0;
        end
    end

    // --- keys ---------------------------------------------------------------------------
    reg              waits_q;           // a key has come and was not taken
    reg              match_valid_q, verdict_valid_q;
    wire             moves = match_valid_q && !window_re;
    wire             take  = (key_valid || waits_q) && (!match_valid_q || moves);

    // --- which rules match ------------------------------------------------------------
    // A row of bits for each value of four bits of the key; at power-up what rules of
    // zeros say.  What a rule says of the fields that have a mask:
    wire [MASKED*4-1:0] key    = {dscp[3:0], flags, proto, dst, src};
    wire [MASKED*4-1:0] values = {r[7*32+8 +: 4], r[6*32+16 +: 8], r[6*32 +: 8],
                                  r[2*32 +: 32], r[0*32 +: 32]};
    wire [MASKED*4-1:0] masks  = {r[7*32+16 +: 4], r[6*32+24 +: 8], r[6*32+8 +: 8],
                                  r[3*32 +: 32], r[1*32 +: 32]};

    // The row of each: of the key, or of the bits that are made.
    wire [MASKED*4-1:0] at   = make ? {MASKED{value_q}} : key;
    wire [15:0]         from = make ? {4{value_q}} : sport;
    wire [15:0]         to   = make ? {4{value_q}} : dport;

    generate
        for (g = 0; g < MASKED; g = g + 1) begin : field
            wire [N_RULE-1:0] row;

            acl_match_store #(.N (N_RULE)) rows (
                .clk  (clk),
                .re   (take),
                .we   (make),
                .at   (at[g*4 +: 4]),
                .one  (one_q),
                .fits (((value_q ^ values[g*4 +: 4]) & masks[g*4 +: 4]) == 4'd0),
                .row  (row)
            );
        end

        // Of ports: less or more than the lowest or highest, or as much.
        for (g = 0; g < 16; g = g + 1) begin : port
            localparam        UP     = g % 8 < 4;   // than the lowest
            localparam        LAST   = g % 4 == 0;  // what is as much fits, too
            wire [3:0]        edge_n = r[4*32 + g*4 +: 4];
            wire              same   = value_q == edge_n;
            wire              far    = UP ? value_q > edge_n : value_q < edge_n;
            wire [3:0]        nibble = g < 8 ? from[g%4*4 +: 4] : to[g%4*4 +: 4];
            wire [N_RULE-1:0] beyond, row;

            acl_match_store #(.N (N_RULE), .FIRST (LAST), .REST (UP)) far_rows (
                .clk  (clk),
                .re   (take),
                .we   (make),
                .at   (nibble),
                .one  (one_q),
                .fits (far || (LAST && same)),
                .row  (beyond)
            );
            if (LAST) begin : last
                assign row = beyond;
            end else begin : more
                wire [N_RULE-1:0] equal;

                acl_match_store #(.N (N_RULE), .REST (1'b0)) same_rows (
                    .clk  (clk),
                    .re   (take),
                    .we   (make),
                    .at   (nibble),
                    .one  (one_q),
                    .fits (same),
                    .row  (equal)
                );
                assign row = beyond | (equal & port[g-1].row);
            end
        end
    endgenerate

    // The upper bits of the DSCP, and whether there are flags, or none are asked for.
    wire [2:0]        rest      = make ? value_q[2:0] : {has_flags || no_flags, dscp[5:4]};
    wire              rest_fits = ((value_q[1:0] ^ r[7*32+12 +: 2]) & r[7*32+20 +: 2]) == 2'd0
                                && (value_q[2] || r[6*32+24 +: 8] == 8'd0);
    wire [N_RULE-1:0] other_row;

    acl_match_store #(.N (N_RULE), .LOG2 (3)) other_rows (
        .clk  (clk),
        .re   (take),
        .we   (make),
        .at   (rest),
        .one  (one_q),
        .fits (rest_fits),
        .row  (other_row)
    );

    // Rules in use.
    wire [N_RULE-1:0] used;
    generate
        for (g = 0; g < GROUPS; g = g + 1) begin : group
            assign used[g*32 +: 32] = n_rules[31:5] == g ? ~(32'hffffffff << n_rules[4:0])
                                    : {32{n_rules[31:5] > g}};
        end
    endgenerate

    // --- keys to verdicts -----------------------------------------------------------
    reg [N_RULE-1:0] match_q;
    reg              hit_q;
    reg [NUMBER-1:0] number_q;

    assign waits         = (key_valid || waits_q) && !take;
    assign acts          = moves;
    assign verdict_valid = verdict_valid_q;
    assign first         = hit_q ? {{(16-NUMBER){1'b0}}, number_q} + 16'd1 : 16'd0;
    assign drop          = hit_q ? r[7*32] : no_match;

    always @(posedge clk) begin
        waits_q         <= waits;
        verdict_valid_q <= moves;
        if (take || moves)
            match_valid_q <= take;
        if (take)
            match_q <= used & {N_RULE{has_ip}} & other_row
                & field[0].row & field[1].row & field[2].row & field[3].row
                & field[4].row & field[5].row & field[6].row & field[7].row
                & field[8].row & field[9].row & field[10].row & field[11].row
                & field[12].row & field[13].row & field[14].row & field[15].row
                & field[16].row & field[17].row & field[20].row
                & ((field[18].row & field[19].row) | {N_RULE{no_flags}})
                & port[3].row & port[7].row & port[11].row & port[15].row;
        if (moves) begin
            hit_q    <= match_q != {N_RULE{1'b0}};
            number_q <= number;
        end
        if (rst) begin
            waits_q         <= 1'b0;
            match_valid_q   <= 1'b0;
            verdict_valid_q <= 1'b0;
        end
    end

    // --- the first that matches: of the groups, and in it ---------------------------
    integer         k;
    reg [GROUP-1:0] in_group;
    always @* begin
        in_group = {GROUP{1'b0}};
        for (k = GROUPS - 1; k >= 0; k = k - 1)
            if (match_q[k*32 +: 32] != 32'd0)
                in_group = k[GROUP-1:0];
    end

    wire [31:0] some   = match_q[{in_group, 5'd0} +: 32];
    wire [31:0] lowest = some & (~some + 32'd1);

    assign number = {in_group, |(lowest & 32'hffff0000), |(lowest & 32'hff00ff00),
                     |(lowest & 32'hf0f0f0f0), |(lowest & 32'hcccccccc),
                     |(lowest & 32'haaaaaaaa)};

    wire unused = &{1'b0, r[7*32+22 +: 10], r[7*32+14 +: 2], r[7*32+1 +: 7]};
endmodule
`default_nettype wire
