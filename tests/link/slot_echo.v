// slot_echo.v - stands in for a slot in tests of the link: gives every packet
// back.  Registers: 0x40 ERRORS reads 0xe0e0e0e0, the others hold what is
// written; 0xf0 never answers; 0xf4 counts its writes; a write to 0xf8 hangs the
// slot; 0xfc gives the number of times it was read.  A write to 0xec has it give so
// many frames of telemetry, 76 bytes each: the frame's number since reset, wrapping.
`default_nettype none
module slot #(
    parameter W    = 64,                // stream width in bits: 32, 64
    parameter EDGE = 0,                 // of the true slot; means nothing here
    parameter WATCH = 0                 // neither does this
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output reg            csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output reg  [31:0]    csr_rdata,
    // in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire [7:0]     tele_tdata,
    output wire           tele_tlast,
    output wire           tele_tvalid,
    input  wire           tele_tready,
    output wire           idle,
    output wire           hung
);
    reg  [31:0] value_q [0:15];
    reg  [31:0] writes_q, reads_q;
    reg         hung_q;
    wire        s_ready, m_valid;

    axis_skid #(.W (W + W/8 + 49)) echo (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({s_axis_tlast, s_axis_tuser, s_axis_tkeep, s_axis_tdata}),
        .s_axis_tvalid (s_axis_tvalid && !hung_q),
        .s_axis_tready (s_ready),
        .m_axis_tdata  ({m_axis_tlast, m_axis_tuser, m_axis_tkeep, m_axis_tdata}),
        .m_axis_tvalid (m_valid),
        .m_axis_tready (m_axis_tready && !hung_q),
        .empty         (idle)
    );

    reg  [15:0] frames_q;               // to give
    reg  [7:0]  frame_q;                // number of the one
    reg  [6:0]  byte_q;                 // its byte

    assign tele_tdata  = frame_q;
    assign tele_tlast  = byte_q == 7'd75;
    assign tele_tvalid = frames_q != 16'd0;

    always @(posedge clk) begin
        if (csr_we && !csr_ack && csr_addr == 8'hec)
            frames_q <= csr_wdata[15:0];
        if (tele_tvalid && tele_tready) begin
            byte_q <= tele_tlast ? 7'd0 : byte_q + 7'd1;
            if (tele_tlast) begin
                frame_q  <= frame_q + 8'd1;
                frames_q <= frames_q - 16'd1;
            end
        end
        if (rst) begin
            frames_q <= 16'd0;
            frame_q  <= 8'd0;
            byte_q   <= 7'd0;
        end
    end

    assign s_axis_tready = s_ready && !hung_q;
    assign m_axis_tvalid = m_valid && !hung_q;
    assign hung          = hung_q;

    always @(posedge clk) begin
        csr_ack <= (csr_we || csr_re) && !csr_ack && csr_addr != 8'hf0;
        if (csr_we && !csr_ack) begin
            value_q[csr_addr[5:2]] <= csr_wdata;
            if (csr_addr == 8'hf4)
                writes_q <= writes_q + 32'd1;
            if (csr_addr == 8'hf8)
                hung_q <= 1'b1;
        end
        csr_rdata <= 32'd0;
        if (csr_re && !csr_ack && csr_addr != 8'hf0) begin
            csr_rdata <= csr_addr == 8'h40 ? 32'he0e0e0e0
                       : csr_addr == 8'hf4 ? writes_q
                       : csr_addr == 8'hfc ? reads_q : value_q[csr_addr[5:2]];
            if (csr_addr == 8'hfc)
                reads_q <= reads_q + 32'd1;
        end
        if (rst) begin
            csr_ack  <= 1'b0;
            writes_q <= 32'd0;
            reads_q  <= 32'd0;
            hung_q   <= 1'b0;
        end
    end
endmodule
`default_nettype wire
