// pss_correlate_sums.v - adds the sizes of each place of the half-frames, and finds the
// largest sums.  C body: add() of pss_correlate.c.  Sizes come at least 4 clk apart.
//
//   size -> 0 read -> 1 add -> 2 write, and in the last half-frame look
//
// Places are not cleared: what comes first in a block is not added to them.
`default_nettype none
module pss_correlate_sums (
    input  wire        clk,
    input  wire        rst,
    // begins a block, when nothing is inside
    input  wire        begin_block,
    // settings, taken there
    input  wire [12:0] period,          // samples, up to 5461; 0 counts as 1
    input  wire [7:0]  fold,            // half-frames; 0 counts as 1
    // sizes of N_ID2 0, 1, 2 of each place in turn
    input  wire        size_valid,
    input  wire [20:0] size,
    // what the place has now
    output wire        sum_valid,
    output wire [31:0] sum,             // for the tap: and where
    output wire        done,            // all half-frames are added
    // the answer: word 0 to 3 of an N_ID2; with the last one 'next' goes to the next
    input  wire [1:0]  word,
    input  wire        next,
    output reg  [31:0] answer,
    output wire        idle
);
    reg  [2:0]  go_q;                   // what stage 0, 1, 2 works on
    reg  [20:0] size_q;
    reg  [31:0] sum_q;
    reg  [13:0] addr_q;                 // 3 place + N_ID2
    reg  [1:0]  id_q;
    reg  [12:0] place_q, end_q;         // the last place
    reg  [7:0]  half_q, last_q;         // the last half-frame
    reg         first_q;                // half-frame
    reg         done_q;

    wire [31:0] old;
    wire        place_end = place_q == end_q;
    wire        whole     = half_q == last_q;   // sums are

    pss_correlate_store #(.W (32), .LOG2 (14)) store (
        .clk   (clk),
        .en    (go_q[0] || go_q[2]),
        .we    (go_q[2]),
        .addr  (addr_q),
        .wdata (sum_q),
        .rdata (old)
    );

    always @(posedge clk) begin
        go_q <= {go_q[1:0], size_valid};
        if (size_valid)
            size_q <= size;
        if (go_q[1])
            sum_q <= {11'd0, size_q} + (first_q ? 32'd0 : old);
        if (go_q[2]) begin
            id_q   <= id_q == 2'd2 ? 2'd0 : id_q + 2'd1;
            addr_q <= id_q == 2'd2 && place_end ? 14'd0 : addr_q + 14'd1;
            if (id_q == 2'd2)
                place_q <= place_end ? 13'd0 : place_q + 13'd1;
            if (id_q == 2'd2 && place_end) begin
                half_q  <= half_q + 8'd1;
                first_q <= 1'b0;
                done_q  <= whole;
            end
        end
        if (begin_block) begin
            end_q   <= period == 13'd0 ? 13'd0 : period - 13'd1;
            last_q  <= fold == 8'd0 ? 8'd0 : fold - 8'd1;
            addr_q  <= 14'd0;
            id_q    <= 2'd0;
            place_q <= 13'd0;
            half_q  <= 8'd0;
            first_q <= 1'b1;
            done_q  <= 1'b0;
        end
        if (rst)
            go_q <= 3'd0;
    end

    // --- peaks: those of the N_ID2 in turn lowest --------------------------------------------
    localparam P = 88;                  // {total 43, value 32, place 13}
    reg  [3*P-1:0] peaks_q;
    wire [12:0]    peak_place = peaks_q[12:0];
    wire [31:0]    peak_value = peaks_q[44:13];
    wire [42:0]    peak_total = peaks_q[87:45];
    wire           larger     = sum_q > peak_value;

    always @(posedge clk) begin
        if (go_q[2] && whole)
            peaks_q <= {peak_total + {11'd0, sum_q}, larger ? {sum_q, place_q}
                                                            : {peak_value, peak_place},
                        peaks_q[3*P-1:P]};
        if (next && word == 2'd3)
            peaks_q <= {peaks_q[P-1:0], peaks_q[3*P-1:P]};
        if (begin_block)
            peaks_q <= {3*P{1'b0}};
    end

    always @* begin
        case (word)
        2'd0:    answer = {19'd0, peak_place};
        2'd1:    answer = peak_value;
        2'd2:    answer = peak_total[31:0];
        default: answer = {21'd0, peak_total[42:32]};
        endcase
    end

    assign sum_valid = go_q[2];
    assign sum       = sum_q ^ {whole, 1'b0, half_q, 9'd0, place_q};
    assign done      = done_q;
    assign idle      = go_q == 3'd0;
endmodule
`default_nettype wire
