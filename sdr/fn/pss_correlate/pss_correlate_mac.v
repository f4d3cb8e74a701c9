// pss_correlate_mac.v - the products of each window's samples and taps, added up.
// C body: pss_correlate_sizes_portable() of pss_correlate_sizes.c.  32 clk a window,
// latency 36 clk; 8 multipliers.
//
//   sample -> early, late  [64 samples each, the last ones]
//                1 read    2 add the pair, look the taps up    3 products    4 add up
//
// Of window k, samples k to k + 63, the first is left out; 1 and 63 go together, 2 and
// 62, .., and 32 with itself.
`default_nettype none
module pss_correlate_mac (
    input  wire         clk,
    input  wire         rst,
    // begins a block, when nothing is inside
    input  wire         begin_block,
    input  wire         sample_valid,   // only when ready
    input  wire [15:0]  sample,         // {q, i}
    output wire         ready,
    // of a window, and the taps of N_ID2 0 and 1: [21*k +: 21]
    // i re, q im, q re, i im of 0, the same of 1
    output wire         products_valid,
    output wire [167:0] products,
    output wire         idle
);
    localparam [5:0] LEAD = 6'd63;      // samples before the first window is whole

    reg  [5:0] at_q;                    // where the next sample goes
    reg  [5:0] lead_q;                  // samples of the block, up to LEAD
    reg        run_q;                   // a window is read
    reg  [4:0] step_q;
    reg  [5:0] early_q, late_q;         // places of the pair

    wire window = sample_valid && lead_q == LEAD;
    wire [15:0] early_rdata, late_rdata;

    assign ready = !run_q || step_q == 5'd31;

    axis_fifo_mem #(.W (16), .LOG2 (6)) early (
        .clk     (clk),
        .we      (sample_valid),
        .waddr   (at_q),
        .wdata   (sample),
        .re      (run_q),
        .raddr   (early_q),
        .rdata_q (early_rdata)
    );

    axis_fifo_mem #(.W (16), .LOG2 (6)) late (
        .clk     (clk),
        .we      (sample_valid),
        .waddr   (at_q),
        .wdata   (sample),
        .re      (run_q),
        .raddr   (late_q),
        .rdata_q (late_rdata)
    );

    always @(posedge clk) begin
        if (run_q) begin
            step_q  <= step_q + 5'd1;
            early_q <= early_q + 6'd1;
            late_q  <= late_q - 6'd1;
            run_q   <= step_q != 5'd31;
        end
        if (sample_valid) begin
            at_q <= at_q + 6'd1;
            if (lead_q != LEAD)
                lead_q <= lead_q + 6'd1;
        end
        if (window) begin
            run_q   <= 1'b1;
            step_q  <= 5'd0;
            early_q <= at_q + 6'd2;     // 62 samples ago
            late_q  <= at_q;
        end
        if (begin_block)
            lead_q <= 6'd0;
        if (rst) begin
            run_q <= 1'b0;
            at_q  <= 6'd0;
        end
    end

    // --- taps: pss_correlate_taps, {im, re} of N_ID2 1, then of 0 ---------------------------
    function [31:0] taps(input [4:0] j);
        case (j)
        5'd0:    taps = { -8'sd64,   8'sd43,   8'sd47,  -8'sd68};
        5'd1:    taps = {  8'sd15,   8'sd91,  -8'sd92,   -8'sd2};
        5'd2:    taps = {  8'sd21,   8'sd90,   8'sd15,   8'sd76};
        5'd3:    taps = { -8'sd82,   8'sd30,   8'sd80,  -8'sd20};
        5'd4:    taps = {  8'sd77,  -8'sd49,   8'sd24,  -8'sd82};
        5'd5:    taps = { -8'sd60,  -8'sd14,    8'sd0,  -8'sd90};
        5'd6:    taps = { -8'sd62,   8'sd52,   -8'sd9,  -8'sd93};
        5'd7:    taps = { -8'sd55,   8'sd69,   8'sd48,  -8'sd71};
        5'd8:    taps = { -8'sd50,  -8'sd82,   8'sd68,   -8'sd6};
        5'd9:    taps = {  8'sd65,   8'sd65,    8'sd1,   8'sd93};
        5'd10:   taps = {  8'sd42,  -8'sd54,  -8'sd99,  -8'sd58};
        5'd11:   taps = { -8'sd13,  -8'sd77,   8'sd80,    8'sd4};
        5'd12:   taps = { -8'sd20,  -8'sd88,  -8'sd76,  -8'sd18};
        5'd13:   taps = { 8'sd108,   8'sd10,   8'sd18,   8'sd40};
        5'd14:   taps = { -8'sd48,   -8'sd7,   8'sd38,  -8'sd55};
        5'd15:   taps = { -8'sd18,   8'sd63,  -8'sd99,  -8'sd48};
        5'd16:   taps = {  8'sd71,   8'sd81,  -8'sd48,   8'sd83};
        5'd17:   taps = {  8'sd36,   8'sd90,    8'sd8,   8'sd67};
        5'd18:   taps = { -8'sd62,    8'sd3,   8'sd45,   8'sd74};
        5'd19:   taps = {  8'sd25,   8'sd16,   8'sd24,   8'sd67};
        5'd20:   taps = {  8'sd95,   -8'sd9,  -8'sd18,   8'sd81};
        5'd21:   taps = { -8'sd14, -8'sd111,  -8'sd99,   8'sd25};
        5'd22:   taps = {  8'sd82,  -8'sd54,  -8'sd24,  -8'sd99};
        5'd23:   taps = {  8'sd24,   8'sd36,   8'sd56,   8'sd37};
        5'd24:   taps = {  8'sd38,   8'sd30,  -8'sd53,   -8'sd9};
        5'd25:   taps = { -8'sd23, -8'sd117,  -8'sd14,   -8'sd7};
        5'd26:   taps = { -8'sd88,   8'sd51,   8'sd47,   8'sd16};
        5'd27:   taps = { -8'sd48, -8'sd112,  -8'sd83,  -8'sd96};
        5'd28:   taps = {  8'sd51,   8'sd33,  -8'sd36,  8'sd127};
        5'd29:   taps = {  8'sd46,  -8'sd27,   8'sd59,    8'sd2};
        5'd30:   taps = { -8'sd81,  -8'sd39,   8'sd77,   8'sd32};
        default: taps = { -8'sd30,   8'sd25,   8'sd36,  -8'sd37};
        endcase
    endfunction

    // --- pairs, products, sums ------------------------------------------------------------
    reg  [2:0]        valid_q, first_q, last_q; // in stages 1 to 3
    reg               products_valid_q;
    reg  [4:0]        step1_q;
    reg  signed [8:0] i_q, q_q;
    reg  signed [7:0] re_0_q, im_0_q, re_1_q, im_1_q;

    always @(posedge clk) begin
        valid_q          <= {valid_q[1:0], run_q};
        first_q          <= {first_q[1:0], step_q == 5'd0};
        last_q           <= {last_q[1:0], step_q == 5'd31};
        products_valid_q <= valid_q[2] && last_q[2];
        step1_q          <= step_q;
        if (valid_q[0]) begin
            i_q <= {early_rdata[7], early_rdata[7:0]} + {late_rdata[7], late_rdata[7:0]};
            q_q <= {early_rdata[15], early_rdata[15:8]} + {late_rdata[15], late_rdata[15:8]};
            {im_1_q, re_1_q, im_0_q, re_0_q} <= taps(step1_q);
        end
        if (rst) begin
            valid_q          <= 3'd0;
            products_valid_q <= 1'b0;
        end
    end

    // {x, t}: i re, q im, q re, i im of N_ID2 0, of 1.
    wire [71:0] x = {i_q, q_q, q_q, i_q, i_q, q_q, q_q, i_q};
    wire [63:0] t = {im_1_q, re_1_q, im_1_q, re_1_q, im_0_q, re_0_q, im_0_q, re_0_q};
    genvar      g;
    generate
        for (g = 0; g < 8; g = g + 1) begin : multiply
            pss_correlate_product add (
                .clk     (clk),
                .valid   (valid_q[2:1]),
                .first   (first_q[2]),
                .x       (x[9*g +: 9]),
                .t       (t[8*g +: 8]),
                .total   (products[21*g +: 21])
            );
        end
    endgenerate

    assign products_valid = products_valid_q;
    assign idle           = !run_q && valid_q == 3'd0 && !products_valid_q;
endmodule
`default_nettype wire
