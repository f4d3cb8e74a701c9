// stf_detect_track.v - windows become candidates: of those above the threshold that follow each
// other the best one.  A window every 6 clk or more.
`default_nettype none
module stf_detect_track (
    input  wire        clk,
    input  wire        rst,
    input  wire        begin_block,
    // the block is over: what is followed ends
    input  wire        end_block,
    // settings
    input  wire [9:0]  threshold,
    input  wire [4:0]  veto,
    input  wire [7:0]  plateau,
    // of stf_detect_ratio
    input  wire        rho_valid,
    input  wire [9:0]  rho16,
    input  wire [9:0]  rho8,
    input  wire [12:0] re,
    input  wire [12:0] im,
    // the list: candidates, and their words 0 to 2; one for which there was no room
    output reg  [4:0]  n_q,
    input  wire        word_re,
    input  wire [5:0]  word_at,         // {candidate, word}
    output wire [31:0] word,
    output wire        lost,
    output wire        busy
);
    localparam [13:0] FIRST = 14'd17, SETTLE = 14'd8;   // STF_DETECT_FIRST, _SETTLE

    reg  [13:0] at_q;                   // windows so far
    reg         good_q;                 // the last one is a short training field
    reg  [1:0]  turn_q;                 // clocks behind it, 0: none
    reg  [9:0]  best_q;                 // 0: no candidate is followed
    reg  [13:0] best_at_q;
    reg  [12:0] best_re_q, best_im_q;
    reg  [7:0]  windows_q;
    reg  [1:0]  write_q;                // word of a candidate that is over, less one; 0: none

    wire settled = best_q != 10'd0 && at_q - best_at_q >= SETTLE;
    wire over    = (turn_q == 2'd3 && settled) || (end_block && best_q != 10'd0);
    wire room    = !n_q[4];
    wire last    = write_q == 2'd3;

    assign lost = last && !room;
    assign busy = turn_q != 2'd0 || write_q != 2'd0;

    axis_fifo_mem #(.W (32), .LOG2 (6)) list (
        .clk     (clk),
        .we      (write_q != 2'd0 && room),
        .waddr   ({n_q[3:0], write_q - 2'd1}),
        .wdata   (write_q == 2'd1 ? {15'd0, best_at_q, 3'd0}
                : write_q == 2'd2 ? {8'd0, windows_q, 6'd0, best_q}
                : {{3{best_im_q[12]}}, best_im_q, {3{best_re_q[12]}}, best_re_q}),
        .re      (word_re),
        .raddr   (word_at),
        .rdata_q (word)
    );

    always @(posedge clk) begin
        if (turn_q != 2'd0)
            turn_q <= turn_q + 2'd1;
        if (rho_valid) begin
            turn_q <= 2'd1;
            at_q   <= at_q + 14'd1;
            good_q <= at_q >= FIRST && rho16 > threshold
                && {1'b0, rho8, 4'd0} < {5'd0, rho16} * {10'd0, veto};
        end
        if (turn_q == 2'd1 && good_q) begin
            windows_q <= windows_q + {7'd0, windows_q != 8'hff};
            if (rho16 > best_q) begin
                best_q    <= rho16;
                best_at_q <= at_q;
                best_re_q <= re;
                best_im_q <= im;
            end
        end
        if (write_q != 2'd0)
            write_q <= write_q + 2'd1;
        if (over) begin
            if (windows_q >= plateau)
                write_q <= 2'd1;
            else begin
                best_q    <= 10'd0;
                windows_q <= 8'd0;
            end
        end
        if (last) begin
            best_q    <= 10'd0;
            windows_q <= 8'd0;
            n_q       <= n_q + {4'd0, room};
        end
        if (rst || begin_block) begin
            at_q      <= 14'd0;
            turn_q    <= 2'd0;
            best_q    <= 10'd0;
            windows_q <= 8'd0;
            write_q   <= 2'd0;
            n_q       <= 5'd0;
        end
    end
endmodule
`default_nettype wire
