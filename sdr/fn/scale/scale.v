// scale.v - multiply IQ samples by a real gain (RTL body).
// C body: scale.c.  1 beat/clk, latency 2 clk, W/16 multipliers.
//
//   tdata: {q[15:0], i[15:0]} a sample, Q1.15, the first sample lowest
//   stage 1: product, Q3.29 and rounding;  stage 2: clip to Q1.15
`default_nettype none
module scale #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
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
    // samples in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // samples out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire           idle,
    // taps: product, of each sample
    output reg  [W/32-1:0] tap_valid,
    output reg  [W-1:0]   tap_data
);
    localparam N_PART = W / 16;         // i and q parts a beat

    wire [31:0] gain;                   // [15:0] Q2.14
    reg  [7:0]  n_clipped;              // samples clipped in this beat

    wire [31:0] counts;                 // for the host only

    scale_csr csr (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .gain          (gain),
        .n_clipped_add (n_clipped),
        .n_clipped     (counts)
    );

    reg                       full1_q, full2_q;
    reg signed [N_PART*33-1:0] product_q;   // Q4.29, half a unit of Q1.15 added
    reg [W/8-1:0]             keep1_q, keep2_q;
    reg [47:0]                user1_q, user2_q;
    reg                       last1_q, last2_q;
    reg [W-1:0]               data2_q;

    wire ready2 = !full2_q || m_axis_tready;
    wire ready1 = !full1_q || ready2;
    wire move1  = s_axis_tvalid && ready1;
    wire move2  = full1_q && ready2;

    // Q1.15 x Q2.14 -> Q4.29 with the rounding constant of scale_product() in scale.c.
    function signed [32:0] scale_product(input [15:0] x, input [15:0] g);
        scale_product = $signed({{17{x[15]}}, x}) * $signed({17'd0, g}) + 33'sd8192;
    endfunction

    // Q4.15 clips to Q1.15 when its upper four bits are not all the sign.
    function scale_clips(input [3:0] y);
        scale_clips = y != {4{y[3]}};
    endfunction

    function [15:0] scale_clip(input [18:0] y);
        scale_clip = scale_clips(y[18:15]) ? {y[18], {15{!y[18]}}} : y[15:0];
    endfunction

    integer k;
    always @* begin
        n_clipped = 8'd0;
        for (k = 0; k < N_PART; k = k + 2)
            n_clipped = n_clipped
                + {7'd0, move2 && keep1_q[k*2]
                         && (scale_clips(product_q[k*33+29 +: 4])
                             || scale_clips(product_q[(k+1)*33+29 +: 4]))};
    end

    // Both parts, 33 bits each, folded to a word.
    function [31:0] tap_word(input [32:0] i, input [32:0] q);
        tap_word = i[32:1] ^ {q[16:1], q[32:17]} ^ {30'd0, q[0], i[0]};
    endfunction

    integer t;
    always @* begin
        for (t = 0; t < W/32; t = t + 1) begin
            tap_valid[t]         = move2 && keep1_q[t*4];
            tap_data[t*32 +: 32] = tap_word(product_q[t*66 +: 33], product_q[t*66+33 +: 33]);
        end
    end

    integer j;
    always @(posedge clk) begin
        if (move1) begin
            for (j = 0; j < N_PART; j = j + 1)
                product_q[j*33 +: 33] <= scale_product(s_axis_tdata[j*16 +: 16], gain[15:0]);
            keep1_q <= s_axis_tkeep;
            user1_q <= s_axis_tuser;
            last1_q <= s_axis_tlast;
        end
        if (ready1)
            full1_q <= s_axis_tvalid;
        if (move2) begin
            for (j = 0; j < N_PART; j = j + 1)
                data2_q[j*16 +: 16] <= scale_clip(product_q[j*33+14 +: 19]);
            keep2_q <= keep1_q;
            user2_q <= user1_q;
            last2_q <= last1_q;
        end
        if (ready2)
            full2_q <= full1_q;
        if (rst) begin
            full1_q <= 1'b0;
            full2_q <= 1'b0;
        end
    end

    assign s_axis_tready = ready1;
    assign m_axis_tdata  = data2_q;
    assign m_axis_tkeep  = keep2_q;
    assign m_axis_tuser  = user2_q;
    assign m_axis_tlast  = last2_q;
    assign m_axis_tvalid = full2_q;
    assign idle          = !full1_q && !full2_q;

    wire unused = &{1'b0, counts, gain[31:16]};
endmodule
`default_nettype wire
