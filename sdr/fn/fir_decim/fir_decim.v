// fir_decim.v - a packet that is a block of samples is filtered and decimated (RTL body).
// C body: fir_decim.c.  A sample that leaves takes decimation + taps + 6 clk; 2 multipliers of
// 16 x 16 bits.
//
//   s_axis -> port -> samples (128) -+-> x -> + -> shift -> clip -> port -> m_axis
//                        taps (128) -'
//
// tdata: {q[15:0], i[15:0]} a sample, the first lowest.  A sample waits until it is known
// whether it is the block's last.
`default_nettype none
module fir_decim #(
    parameter W     = 64,               // stream width in bits: 32, 64, 128, 256
    parameter N_TAP = 128               // taps, a power of two
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
    // taps: sum, or a word that passes by
    output wire           tap_valid,
    output wire [31:0]    tap_data
);
    localparam LOG2  = $clog2(N_TAP);
    localparam [2:0] ST_IDLE = 3'd0,    // between blocks
                     ST_IN   = 3'd1,    // samples come in
                     ST_PUT  = 3'd2,    // one is due: that before leaves
                     ST_MAC  = 3'd3,    // products are added up
                     ST_I    = 3'd4,    // I of the sum is clipped
                     ST_Q    = 3'd5,    // and Q
                     ST_LAST = 3'd6;    // the block's last sample leaves

    // --- registers ------------------------------------------------------------------
    wire [31:0]  n_taps, decimation, shift, window_index, window_rdata;
    wire         window_we, window_re, window_moves;
    wire [127:0] counts;                // for the host only
    reg          n_filtered_q, n_short_q, n_odd_q;    // a block has left
    reg          fetched_q;             // the window's word was read
    wire         clipped;

    fir_decim_csr csr (
        .clk            (clk),
        .rst            (rst),
        .csr_we         (csr_we),
        .csr_re         (csr_re),
        .csr_ack        (csr_ack),
        .csr_addr       (csr_addr),
        .csr_wdata      (csr_wdata),
        .csr_rdata      (csr_rdata),
        .n_taps         (n_taps),
        .decimation     (decimation),
        .shift          (shift),
        .n_filtered_add ({7'd0, n_filtered_q}),
        .n_filtered     (counts[31:0]),
        .n_short_add    ({7'd0, n_short_q}),
        .n_short        (counts[63:32]),
        .n_odd_add      ({7'd0, n_odd_q}),
        .n_odd          (counts[95:64]),
        .n_clipped_add  ({7'd0, clipped}),
        .n_clipped      (counts[127:96]),
        .window_index   (window_index),
        .window_we      (window_we),
        .window_re      (window_re),
        .window_moves   (window_moves),
        .window_ack     (fetched_q),
        .window_rdata   (window_rdata)
    );

    // --- samples ------------------------------------------------------------------------
    reg [2:0]     state_q;
    reg           last_q;               // the block's last one is in
    reg           part_q;               // ... and not whole
    reg [7:0]     need_q;               // samples until one leaves
    reg           any_q;                // there is one that leaves
    reg [LOG2-1:0] at_q;                // of the next one in memory

    // The settings of the block.
    reg [7:0] mac_taps_q;
    reg [4:0] mac_decimation_q, mac_shift_q;

    wire        begin_block, in_last, in_valid, out_ready, port_idle;
    wire [31:0] in_data, pass_word;
    wire [3:0]  in_keep;
    wire        pass_valid;
    wire [7:0]  taps  = n_taps[7:0] < N_TAP[7:0] ? n_taps[7:0] : N_TAP[7:0];
    wire        in    = state_q == ST_IN && in_valid;
    wire        enter = in && in_keep[3];
    wire        due   = enter && need_q == 8'd1;
    wire        ends  = state_q == ST_LAST && out_ready;
    reg  [15:0] i_q, q_q;               // what leaves

    dsp_port #(.W (W)) port (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  (m_axis_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .begin_block   (begin_block),
        .in_data       (in_data),
        .in_keep       (in_keep),
        .in_last       (in_last),
        .in_valid      (in_valid),
        .in_ready      (state_q == ST_IN),
        .out_data      ({q_q, i_q}),
        .out_keep      ({4{any_q}}),
        .out_last      (state_q == ST_LAST),
        .out_valid     (state_q == ST_LAST || (state_q == ST_PUT && any_q)),
        .out_ready     (out_ready),
        .out_mark      ({1'b0, !any_q}),
        .out_drop      (!any_q),
        .pass_valid    (pass_valid),
        .pass_word     (pass_word),
        .idle          (port_idle)
    );

    // --- sums -----------------------------------------------------------------------------
    reg  [7:0]      mac_left_q;         // products that are left
    reg  [LOG2-1:0] mac_tap_q;          // the next
    reg             mac_read_q, mac_product_q;
    reg  [31:0]     mac_i_q, mac_q_q;   // Q2.30
    reg  [38:0]     mac_sum_i_q, mac_sum_q_q;
    wire            read = state_q == ST_MAC && mac_left_q != 8'd0;
    wire [31:0]     x, h;

    function [31:0] product(input [15:0] a, input [15:0] b);
        product = $signed({{16{a[15]}}, a}) * $signed({{16{b[15]}}, b});
    endfunction

    axis_fifo_mem #(.W (32), .LOG2 (LOG2)) samples (
        .clk     (clk),
        .we      (enter),
        .waddr   (at_q),
        .wdata   (in_data),
        .re      (read),
        .raddr   (at_q - {{(LOG2-1){1'b0}}, 1'b1} - mac_tap_q),
        .rdata_q (x)
    );

    wire is_tap      = window_index[31:LOG2] == {(32-LOG2){1'b0}};
    wire window_read = window_re && !read;

    net_ram #(.W (32), .LOG2 (LOG2)) coefficients (
        .clk     (clk),
        .we      (window_we && is_tap),
        .waddr   (window_index[LOG2-1:0]),
        .wdata   (csr_wdata),
        .re      (read || window_read),
        .raddr   (read ? mac_tap_q : window_index[LOG2-1:0]),
        .rdata_q (h)
    );

    assign window_rdata = is_tap ? h : 32'd0;

    always @(posedge clk) begin
        fetched_q     <= window_read && !window_moves && !rst;
        mac_read_q    <= read;
        mac_product_q <= mac_read_q;
        if (due) begin
            mac_left_q  <= mac_taps_q;
            mac_tap_q   <= {LOG2{1'b0}};
            mac_sum_i_q <= {7'd0, 32'd1 << mac_shift_q} >> 1;    // rounds half up
            mac_sum_q_q <= {7'd0, 32'd1 << mac_shift_q} >> 1;
        end
        if (read) begin
            mac_left_q <= mac_left_q - 8'd1;
            mac_tap_q  <= mac_tap_q + {{(LOG2-1){1'b0}}, 1'b1};
        end
        if (mac_read_q) begin
            mac_i_q <= product(x[15:0], h[15:0]);
            mac_q_q <= product(x[31:16], h[15:0]);
        end
        if (mac_product_q) begin
            mac_sum_i_q <= mac_sum_i_q + {{7{mac_i_q[31]}}, mac_i_q};
            mac_sum_q_q <= mac_sum_q_q + {{7{mac_q_q[31]}}, mac_q_q};
        end
        if (rst) begin
            mac_read_q    <= 1'b0;
            mac_product_q <= 1'b0;
        end
    end

    // --- what leaves ------------------------------------------------------------------------
    reg         clips_q;               // I was clipped
    wire [38:0]    sum     = state_q == ST_I ? mac_sum_i_q : mac_sum_q_q;
    wire [38:0]    shifted = $signed(sum) >>> mac_shift_q;
    wire           clips   = shifted[38:15] != {24{shifted[38]}};
    wire [15:0]    clip    = clips ? {shifted[38], {15{!shifted[38]}}} : shifted[15:0];

    assign clipped   = state_q == ST_Q && (clips_q || clips);
    wire summed      = state_q == ST_I || state_q == ST_Q;
    assign tap_valid = summed || pass_valid;
    assign tap_data  = summed ? {sum[31:25] ^ sum[38:32], sum[24:0]} : pass_word;

    // --- control ------------------------------------------------------------------------
    always @(posedge clk) begin
        case (state_q)
        ST_IDLE: if (begin_block)
            state_q <= ST_IN;
        ST_IN:   if (due)
            state_q <= ST_PUT;
        else if (in && in_last)
            state_q <= ST_LAST;
        ST_PUT:  if (out_ready || !any_q)
            state_q <= ST_MAC;
        ST_MAC:  if (!read && !mac_read_q && !mac_product_q)
            state_q <= ST_I;
        ST_I:    state_q <= ST_Q;
        ST_Q:    state_q <= last_q ? ST_LAST : ST_IN;
        ST_LAST: if (out_ready)
            state_q <= ST_IDLE;
        default: state_q <= ST_IDLE;
        endcase
        if (begin_block) begin
            part_q <= 1'b0;
            any_q  <= 1'b0;
            need_q <= taps;
            at_q   <= {LOG2{1'b0}};
            mac_taps_q       <= taps;
            mac_decimation_q <= decimation[4:0];
            mac_shift_q      <= shift[4:0];
        end
        if (enter) begin
            at_q   <= at_q + {{(LOG2-1){1'b0}}, 1'b1};
            // 0: there are no taps.
            need_q <= due ? {3'd0, mac_decimation_q} + 8'd1 : need_q - {7'd0, need_q != 8'd0};
        end
        if (in) begin
            last_q <= in_last;
            part_q <= in_keep[0] && !in_keep[3];
        end
        if (state_q == ST_I) begin
            i_q     <= clip;
            clips_q <= clips;
        end
        if (state_q == ST_Q) begin
            q_q   <= clip;
            any_q <= 1'b1;
        end
        n_filtered_q <= ends && any_q;
        n_short_q    <= ends && !any_q;
        n_odd_q      <= ends && part_q;
        if (rst) begin
            state_q    <= ST_IDLE;
            n_filtered_q <= 1'b0;
            n_short_q    <= 1'b0;
            n_odd_q      <= 1'b0;
        end
    end

    assign idle = port_idle && !n_filtered_q && !n_short_q;

    wire unused = &{1'b0, counts, n_taps[31:8], decimation[31:5], shift[31:5], h[31:16],
                    in_keep[2:1]};
endmodule
`default_nettype wire
